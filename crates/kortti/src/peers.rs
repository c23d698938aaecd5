//! The other processes on the same store: how they reach this one, and this one them.

use std::{net::SocketAddr, sync::Arc};

use kortti_app::{App, AskError, Asked, Ledger};
use kortti_crypto::{MasterKey, ProcessKey};
use kortti_peer::{Identity, Peers, Way};
use tokio::{net::TcpListener, task::JoinHandle};
use uuid::Uuid;

use crate::Failure;

/// Where this process listens for the others.
#[derive(Clone, Debug)]
pub struct PeerConfig {
    /// The address.
    pub listen: SocketAddr,
    /// What the others connect to, if that is something else.
    pub address: Option<String>,
}

/// A process that others can reach, but that answers nobody yet.
pub struct Reachable {
    listener: TcpListener,
    identity: Identity,
}

impl Reachable {
    /// Lets a ledger share its store with the processes that have the same master key.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn share(
        ledger: Ledger,
        master: &MasterKey,
        config: &PeerConfig,
    ) -> Result<(Ledger, Self), Failure> {
        let what = format!("cannot listen on {} for other processes", config.listen);
        let listener = TcpListener::bind(config.listen).await.map_err(Failure::of(&what))?;
        let own = listener.local_addr().map_err(Failure::of(&what))?;
        if config.address.is_none() && own.ip().is_unspecified() {
            return Err(Failure::new(format!(
                "{own} is no address that other processes can connect to; say which one is, with --peer-address"
            )));
        }
        let failed = "cannot make the key for other processes";
        let key = master.process_key().map_err(Failure::of(failed))?;
        let identity = Identity::new(key.expose(), key.certificate(), ProcessKey::NAME);
        let identity = identity.map_err(Failure::of(failed))?;
        let address = config.address.clone().unwrap_or_else(|| own.to_string());
        let others = Others { own: name(&address), peers: Peers::new(identity.clone()) };
        let ledger = ledger.share(Arc::new(others)).map_err(Failure::of("cannot share the store"))?;
        let led = ledger.led().await.inspect_err(|_| ledger.stop());
        led.map_err(Failure::of("no process decides on this store"))?;
        Ok((ledger, Self { listener, identity }))
    }

    /// Answers the others from now on.
    pub fn answer(self, app: &Arc<App>) -> JoinHandle<()> {
        let app = Arc::clone(app);
        let answer = move |question: &[u8], way: Way<_>| {
            app.ledger().answer(question, move |told| way.give(told));
        };
        tokio::spawn(kortti_peer::serve(self.listener, self.identity, answer))
    }
}

/// What a process says of itself: its address, and what tells it from one that had the same address before.
fn name(address: &str) -> Vec<u8> {
    format!("{address} {}", Uuid::now_v7()).into_bytes()
}

fn address_of(name: &[u8]) -> Option<&str> {
    std::str::from_utf8(name).ok()?.split(' ').next()
}

struct Others {
    own: Vec<u8>,
    peers: Peers,
}

impl kortti_app::Peers for Others {
    fn own(&self) -> Vec<u8> {
        self.own.clone()
    }

    fn ask<'a>(&'a self, holder: &'a [u8], question: Vec<u8>) -> Asked<'a> {
        Box::pin(async move {
            let address = address_of(holder).ok_or(AskError::Unreachable)?;
            self.peers.ask(address, question).await.map_err(|error| match error {
                kortti_peer::AskError::Unreachable => AskError::Unreachable,
                kortti_peer::AskError::Lost => AskError::Lost,
            })
        })
    }
}
