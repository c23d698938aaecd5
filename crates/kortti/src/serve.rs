//! `kortti serve`

use std::{net::SocketAddr, sync::Arc};

use kortti_app::App;
use kortti_core::product::Product;
use kortti_http::Settings;
use tokio::{
    net::{TcpListener, TcpSocket},
    signal::unix::{SignalKind, signal},
    task::JoinHandle,
};

use crate::{
    Failure,
    cli::ServeOptions,
    config::{self, ServeConfig},
    logging, open, process, products, say,
};

/// How many clients may be connected at once where the system lets this process have enough files open; more wait.
const CONNECTIONS_MAX: usize = 8192;
/// How many connections the system takes for this process before it does itself.
const BACKLOG: u32 = 1024;

/// Runs the system until it is told to stop.
///
/// # Errors
/// When it cannot start.
pub fn run(options: ServeOptions) -> Result<(), Failure> {
    #[cfg(target_os = "linux")]
    if let Some(parent) = options.parent {
        end_with(parent)?;
    }
    let config = config::serve(&options)?;
    let _log = logging::start(config.log)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers()).enable_all().build();
    runtime.map_err(Failure::of("cannot start a runtime"))?.block_on(serve(config))
}

/// Lets the system kill this process when the one that started it ends, however that ends. A command that starts servers and
/// is killed itself must not leave them behind.
#[cfg(target_os = "linux")]
fn end_with(parent: i32) -> Result<(), Failure> {
    use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};
    let failed = "cannot tie this process to the one that started it";
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(Failure::of(failed))?;
    // It may have ended before that.
    if getppid().map(Pid::as_raw_nonzero).is_some_and(|id| id.get() == parent) {
        return Ok(());
    }
    Err(Failure::new("the process that started this one has ended"))
}

/// How many threads answer requests: one less than there are cores, which the ledger's own thread needs.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).saturating_sub(1).max(1)
}

/// How many clients may be connected: half of the files that can be open, so that the store and other processes have theirs.
fn connections() -> usize {
    usize::try_from(process::raise_file_limit() / 2)
        .map_or(CONNECTIONS_MAX, |most| most.clamp(1, CONNECTIONS_MAX))
}

async fn serve(config: ServeConfig) -> Result<(), Failure> {
    // Before anything is opened: a process that nobody could reach must change nothing, and not take the stream from others.
    let listener = listen(config.listen)?;
    if config.migrate {
        config.store.location.migrate()?;
    }
    let (app, answering) = match &config.peers {
        None => (open::app(&config.store).await?, None),
        Some(peers) => {
            let (app, answering) = open::shared_app(&config.store, peers).await?;
            (app, Some(answering))
        }
    };
    let served = serve_on(&app, listener, &config).await;
    // Also when it could not begin: the others on the store need not wait until they see that this one is gone.
    let stopping = Arc::clone(&app);
    let stopped = tokio::task::spawn_blocking(move || stopping.ledger().stop()).await;
    // Until then the others are told that this process decides no more.
    answering.inspect(JoinHandle::abort);
    served?;
    stopped.map_err(Failure::of("the ledger did not stop well"))
}

/// Takes an address for this process alone, which an address that is bound and not listened on is not. Who connects before the
/// process is ready waits until it is.
fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listening = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // Or a server that is started again would wait until the connections of the one before are forgotten.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listening().map_err(cannot_listen(address))
}

fn cannot_listen(address: SocketAddr) -> impl FnOnce(std::io::Error) -> Failure {
    move |error| Failure::of(&format!("cannot listen on {address}"))(error)
}

/// Answers who connects until the process is told to stop.
async fn serve_on(app: &Arc<App>, listener: TcpListener, config: &ServeConfig) -> Result<(), Failure> {
    let connections = connections();
    fill(app, config).await?;
    let settings = Settings {
        sandbox: config.sandbox,
        rate: config.rate,
        mask: config.mask,
        currency: config.currency,
        zone: config.store.zone.clone(),
        sandbox_products: if config.sandbox { sandbox_products(config) } else { Vec::new() },
    };
    let router = kortti_http::router(Arc::clone(app), settings);
    let stop = stop_signal()?;
    let address = listener.local_addr().map_err(cannot_listen(config.listen))?;
    if let Err(failure) = greet(address, config) {
        tracing::warn!("ready on http://{address} although that could not be printed: {failure}");
    }
    let upkeep = tokio::spawn(kortti_http::upkeep());
    kortti_http::serve(listener, router, connections, stop).await;
    upkeep.abort();
    tracing::info!("stopping");
    Ok(())
}

fn sandbox_products(config: &ServeConfig) -> Vec<Product> {
    products::sandbox(config.store.zone.as_ref())
}

/// Brings products and fixtures to what is configured. A sandbox and a real system never share a store: the one's clock
/// runs ahead, and everybody knows its secret.
async fn fill(app: &App, config: &ServeConfig) -> Result<(), Failure> {
    let state = app.ledger().state();
    let in_use = !state.clients().is_empty() || state.product_count() > 0;
    let path = &config.store.location;
    match (config.sandbox, app.is_sandbox()) {
        (false, true) => {
            Err(Failure::new(format!("{path} is a sandbox's store; choose another with --data or --store")))
        }
        (true, false) if in_use => {
            Err(Failure::new(format!("{path} is not a sandbox's store; choose another with --data")))
        }
        (true, _) => {
            app.fill_sandbox(sandbox_products(config)).await.map_err(Failure::of("cannot fill the sandbox"))
        }
        (false, false) => {
            let products = products::from_config(&config.store.products, config.store.zone.as_ref())?;
            app.define_products(products).await.map_err(Failure::of("cannot define the products"))
        }
    }
}

/// A purchase with the first card of a sandbox.
const PURCHASE: &str = concat!(
    r#"{"messageId":"first","cardId":"3001","transactionType":"RETAIL","cardEntryMode":"CHIP_READ","#,
    r#""transactionAmount":{"amount":12.34,"currency":"EUR"},"merchant":{"country":"FIN","mcc":"5411"}}"#
);

fn greet(address: SocketAddr, config: &ServeConfig) -> Result<(), Failure> {
    let mut lines = format!(
        "Kortti {} is ready on http://{address}\n  reference  http://{address}/docs\n  store      {}",
        env!("CARGO_PKG_VERSION"),
        config.store.location
    );
    if config.sandbox {
        lines.push_str(&format!(
            "\n  sandbox    client sandbox, secret sandbox; customer 1001; accounts 2001 prepaid (1000 EUR), \
             2002 credit (5000 EUR), 2003 debit\n\nIssue a card:\n\n  \
             curl -u sandbox:sandbox -H 'Content-Type: application/json' -d '{{}}' \\\n    \
             'http://{address}/card/v4/VISA_VIRTUAL/customer/1001/account/2001/MAIN?auditUser=me'\n\n\
             Pay with it:\n\n  \
             curl -u sandbox:sandbox -H 'Content-Type: application/json' -d '{PURCHASE}' \\\n    \
             'http://{address}/kortti/v1/authorizations?auditUser=me'\n"
        ));
    }
    say(&lines)
}

/// Ready when the process is asked to stop.
fn stop_signal() -> Result<impl Future<Output = ()>, Failure> {
    let what = "cannot listen for signals";
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::of(what))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::of(what))?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(test)]
mod tests {
    use crate::{open, serve::listen};

    #[test]
    fn address_is_taken_once_before_anybody_accepts() {
        let runtime = open::runtime().unwrap();
        let _within = runtime.enter();
        let first = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = first.local_addr().unwrap();
        let said = listen(address).unwrap_err().to_string();
        assert!(said.contains(&format!("cannot listen on {address}")), "{said}");
        assert!(std::net::TcpStream::connect(address).is_ok());
    }
}
