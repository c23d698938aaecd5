//! The commands of an operator. They can be used while the server runs: it follows what they write, and does what is due. They
//! write what they are for, and nothing else.

use kortti_app::{Caller, sandbox};
use kortti_core::{
    access::{Scope, Scopes},
    entry::SYSTEM,
    event::KeyPurpose,
    id::InstitutionId,
    view::View,
};
use kortti_store::Migrated;

use crate::{
    Failure,
    cli::{ClientCommand, KeyKind, KeysCommand, StoreOptions},
    config, open, say, say_done,
};

/// `kortti migrate`
///
/// # Errors
/// When the store cannot be brought to this version's schema.
pub fn migrate(options: &StoreOptions) -> Result<(), Failure> {
    let Migrated { from, to } = config::store(options)?.location.migrate()?;
    let done = format!("schema {from} → {to}");
    say_done(&done, &done)
}

/// `kortti client …`
///
/// # Errors
/// When it cannot be done.
pub fn client(command: ClientCommand) -> Result<(), Failure> {
    let runtime = open::runtime()?;
    match command {
        ClientCommand::Add { name, scopes, institution, store } => {
            check_name(&name)?;
            let scopes = parse_scopes(&scopes)?;
            let app = runtime.block_on(open::guest_app(&config::store(&store)?))?;
            let by = Caller::system(InstitutionId(institution), "kortti client add");
            let secret = runtime.block_on(app.add_client(&by, &name, scopes, None));
            let is_sandbox = app.is_sandbox();
            app.ledger().stop();
            let secret = secret.map_err(Failure::of("cannot add the client"))?;
            let kind = if is_sandbox { SANDBOX } else { "" };
            let shown = format!(
                "client  {name}\nsecret  {secret}\n\nThe secret is shown this once and stored nowhere.{kind}"
            );
            say_done("the client was added and its secret was not read; revoke it", &shown)
        }
        ClientCommand::List(store) => {
            let app = runtime.block_on(open::existing_guest_app(&config::store(&store)?))?;
            let line = |client: &kortti_core::access::Client| {
                let scopes: Vec<&str> = client.scopes.iter().map(Scope::name).collect();
                let state = if client.revoked { "  (revoked)" } else { "" };
                format!("{}  institution {}  {}{state}", client.name, client.institution, scopes.join(" "))
            };
            let lines: Vec<String> =
                app.ledger().state().clients().iter().map(|client| line(client)).collect();
            app.ledger().stop();
            say(if lines.is_empty() { "there are no clients".to_owned() } else { lines.join("\n") }.as_str())
        }
        ClientCommand::Revoke { name, store } => {
            let app = runtime.block_on(open::existing_guest_app(&config::store(&store)?))?;
            let state = app.ledger().state();
            let client = state.client_by_name(&name).and_then(|id| state.client(id));
            // It stands in the feed of those whose client it is; one that is unknown stands nowhere.
            let institution = client.map_or(InstitutionId::DEFAULT, |client| client.institution);
            let by = Caller::system(institution, "kortti client revoke");
            let revoked = runtime.block_on(app.revoke_client(&by, &name));
            app.ledger().stop();
            revoked.map_err(Failure::of("cannot revoke the client"))?;
            let done = format!("{name} is revoked");
            say_done(&done, &done)
        }
    }
}

/// Said to whom the default store may have led astray.
const SANDBOX: &str =
    "\nThis is a sandbox's store. Choose another one with --data or --store for a real system.";

fn check_name(name: &str) -> Result<(), Failure> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return Err(Failure::new("a client's name has 1 to 64 letters, digits and - _ . @"));
    }
    if name.eq_ignore_ascii_case(SYSTEM) {
        return Err(Failure::new(format!(
            "`{name}` would be taken for the system itself, which the journal calls `{SYSTEM}`"
        )));
    }
    if name == sandbox::CREDENTIALS.0 {
        return Err(Failure::new("`sandbox` is the sandbox's own client"));
    }
    Ok(())
}

fn parse_scopes(names: &[String]) -> Result<Scopes, Failure> {
    let mut scopes = Vec::new();
    for name in names.iter().flat_map(|names| names.split(',')) {
        match (name, Scope::parse(name)) {
            ("all", _) => scopes.extend(Scope::ALL),
            (_, Some(scope)) => scopes.push(scope),
            (_, None) => {
                let known: Vec<&str> = Scope::ALL.into_iter().map(Scope::name).collect();
                return Err(Failure::new(format!(
                    "there is no scope `{name}`; there are: all {}",
                    known.join(" ")
                )));
            }
        }
    }
    Ok(scopes.into_iter().collect())
}

/// `kortti keys …`
///
/// # Errors
/// When it cannot be done.
pub fn keys(command: KeysCommand) -> Result<(), Failure> {
    let runtime = open::runtime()?;
    let existing = |store: &StoreOptions| runtime.block_on(open::existing_guest_app(&config::store(store)?));
    let (app, rotate, done) = match command {
        KeysCommand::Init(store) => {
            let app = runtime.block_on(open::guest_app(&config::store(&store)?))?;
            (app, None, Some("the store has its keys"))
        }
        KeysCommand::List(store) => (existing(&store)?, None, None),
        KeysCommand::Rotate { kind, store } => (existing(&store)?, Some(kind), Some("the key was added")),
    };
    if let Some(kind) = rotate {
        let purpose = match kind {
            KeyKind::Jwe => KeyPurpose::Jwe,
            KeyKind::Data => KeyPurpose::Data,
        };
        let by = Caller::system(InstitutionId::DEFAULT, "kortti keys rotate");
        runtime.block_on(app.rotate_key(purpose, &by)).map_err(Failure::of("cannot add the key"))?;
    }
    let keys = app.keys().map_err(Failure::of("cannot read the keys"));
    app.ledger().stop();
    let line = |key: &kortti_app::KeyInfo| {
        let purpose = match key.purpose {
            KeyPurpose::Data => "data",
            KeyPurpose::Index => "index",
            KeyPurpose::Jwe => "jwe",
        };
        format!("{:>4}  {purpose:<5}  {}", key.id, key.created_at.rfc3339())
    };
    let lines = keys?.iter().map(line).collect::<Vec<_>>().join("\n");
    done.map_or_else(|| say(&lines), |done| say_done(done, &lines))
}

/// `kortti verify`
///
/// # Errors
/// The first thing that is wrong with the store.
pub fn verify(options: &StoreOptions) -> Result<(), Failure> {
    let config = config::store(options)?;
    let (store, master) = (config.location.open_existing()?, open::master_key(&config)?);
    let verdict = kortti_app::verify(&store, &master).map_err(Failure::of("the store does not hold"))?;
    say(&format!(
        "the store holds: {} journal entries, {} cards, {} personal records",
        verdict.entries, verdict.cards, verdict.records
    ))
}
