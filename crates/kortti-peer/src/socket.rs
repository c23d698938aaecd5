//! How a connection notices that the other end is gone without a word. Packets may vanish while both ends live, and by itself
//! the system goes on sending for a quarter of an hour.

use std::{io, time::Duration};

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

/// A connection that carries nothing is tried after so long, and then as often.
const KEEPALIVE: Duration = Duration::from_secs(1);
/// How often that may be in vain.
const TRIES: u32 = 2;
/// When nothing of what was sent has arrived for so long, the connection has ended. Whoever asked can then find out within
/// its patience that the other process cannot be reached, and take the lead from it; yet it is long beside the time that a
/// packet takes, also one that has to be sent again.
#[cfg(target_os = "linux")]
const SILENCE: Duration = Duration::from_secs(2);

/// Sets a connection up: what is written goes out at once, and silence ends it.
pub(crate) fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE).with_retries(TRIES);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(SILENCE))?;
    Ok(())
}
