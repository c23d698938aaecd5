//! What the operator's URL says. It holds a password, so nothing of it goes into an error.

use kortti_store::StoreError;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, TargetSessionAttrs};

/// The hosts of a URL, each with all that is needed to connect to it alone.
pub(crate) struct Address {
    /// At least one, in the order of the URL.
    pub(crate) hosts: Vec<Config>,
}

impl Address {
    /// Reads a URL, or the same as `key=value` pairs.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when it cannot be read.
    pub(crate) fn parse(url: &str) -> Result<Address, StoreError> {
        // The driver's error names options it does not know, and a piece of a password may look like one.
        let whole: Config = url.parse().map_err(|_| StoreError::Invalid { reason: UNREADABLE })?;
        if whole.get_target_session_attrs() == TargetSessionAttrs::ReadOnly {
            return Err(StoreError::Invalid { reason: "the store needs a server that takes writes" });
        }
        let count = whole.get_hosts().len().max(whole.get_hostaddrs().len());
        let ports = whole.get_ports().len();
        if count == 0 {
            return Err(StoreError::Invalid { reason: "the address of the database names no host" });
        }
        if ports > 1 && ports != count {
            return Err(StoreError::Invalid { reason: "the address needs one port, or one for each host" });
        }
        Ok(Address { hosts: (0..count).map(|place| alone(&whole, place)).collect() })
    }
}

const UNREADABLE: &str = "the address of the database cannot be read: it is \
    postgresql://user:password@host:port/database?sslmode=…, where sslmode is disable, prefer or require";

/// The host at `place`, as if it were the only one.
///
/// The driver would go through all of them in one attempt, but it puts a limit only on the TCP connection: a host that
/// accepts and then says nothing would use up the time of those after it.
fn alone(whole: &Config, place: usize) -> Config {
    let mut one = Config::new();
    match whole.get_hosts().get(place) {
        Some(Host::Tcp(name)) => one.host(name),
        Some(Host::Unix(path)) => one.host_path(path),
        None => &mut one,
    };
    if let Some(address) = whole.get_hostaddrs().get(place) {
        one.hostaddr(*address);
    }
    if let Some(port) = whole.get_ports().get(place).or(whole.get_ports().first()) {
        one.port(*port);
    }
    if let Some(user) = whole.get_user() {
        one.user(user);
    }
    if let Some(password) = whole.get_password() {
        one.password(password);
    }
    if let Some(database) = whole.get_dbname() {
        one.dbname(database);
    }
    if let Some(options) = whole.get_options() {
        one.options(options);
    }
    one.application_name(whole.get_application_name().unwrap_or("kortti"));
    one.ssl_mode(whole.get_ssl_mode());
    one.ssl_negotiation(whole.get_ssl_negotiation());
    one.channel_binding(whole.get_channel_binding());
    // A standby may answer look-ups with what is no longer so.
    one.target_session_attrs(TargetSessionAttrs::ReadWrite);
    one
}

/// How a host is called in messages.
pub(crate) fn name_of(host: &Config) -> String {
    let name = match (host.get_hosts().first(), host.get_hostaddrs().first()) {
        (Some(Host::Tcp(name)), _) => name.clone(),
        (Some(Host::Unix(path)), _) => path.display().to_string(),
        (None, address) => address.map(ToString::to_string).unwrap_or_default(),
    };
    host.get_ports().first().map_or_else(|| name.clone(), |port| format!("{name}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_is_reached_alone_with_its_own_port() {
        let hosts = names("postgresql://me:secret@one:1,two:2/db?sslmode=disable");
        assert_eq!(hosts, ["one:1", "two:2"]);
        assert_eq!(names("host=one,two port=7 user=me"), ["one:7", "two:7"]);
        assert_eq!(names("hostaddr=127.0.0.1 port=7 user=me"), ["127.0.0.1:7"]);
        assert_eq!(names("host=/run/postgresql user=me"), ["/run/postgresql"]);
    }

    #[test]
    fn every_host_keeps_what_is_said_of_all() {
        let Ok(address) = Address::parse("postgresql://me:secret@one,two/db?sslmode=require") else {
            panic!("the address is good")
        };
        for host in &address.hosts {
            assert_eq!((host.get_user(), host.get_dbname()), (Some("me"), Some("db")));
            assert_eq!(host.get_password(), Some(b"secret".as_slice()));
            assert_eq!(host.get_ssl_mode(), tokio_postgres::config::SslMode::Require);
            assert_eq!(host.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        }
    }

    #[test]
    fn address_that_cannot_be_used_is_refused_without_repeating_it() {
        let bad = [
            "postgresql://me:secret@host/db?sslmode=secret",
            "postgresql://me:secret@host/db?secret=1",
            "postgresql://me:secret@host:secret/db",
            "user=me password=secret",
            "host=one,two,three port=1,2 password=secret",
            "host=one target_session_attrs=read-only password=secret",
            "secret",
        ];
        for url in bad {
            let refused = Address::parse(url).err().unwrap_or_else(|| panic!("{url} was taken"));
            assert!(matches!(refused, StoreError::Invalid { .. }));
            assert!(!format!("{refused} {refused:?}").contains("secret"));
        }
    }

    fn names(url: &str) -> Vec<String> {
        Address::parse(url).map(|address| address.hosts.iter().map(name_of).collect()).unwrap_or_default()
    }
}
