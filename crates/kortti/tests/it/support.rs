//! What the tests share: servers, credentials, card numbers, the words of common requests.

use std::{
    env, fs,
    fs::File,
    hash::{BuildHasher, Hasher, RandomState},
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, ExitStatus, Output, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{database::Database, http::Api};

/// Customer and accounts that every sandbox has.
pub const CUSTOMER: &str = "1001";
pub const PREPAID: &str = "2001";
pub const CREDIT: &str = "2002";
pub const DEBIT: &str = "2003";

/// Where a virtual Visa card is created for the sandbox's customer.
pub const VISA: &str = "/card/v4/VISA_VIRTUAL/customer/1001/account/2001/MAIN";
/// Where a virtual Mastercard is created for the sandbox's customer.
pub const MASTERCARD: &str = "/card/v4/MC_VIRTUAL/customer/1001/account/2001/MAIN";

/// A store with a folder for its keys, which outlives the servers that run on it.
#[derive(Clone)]
pub struct Place(Arc<Ground>);

struct Ground {
    folder: TempDir,
    /// None where the store is in the folder.
    database: Option<Database>,
}

impl Place {
    /// One with a store of the kind that is being tested.
    pub fn new() -> Self {
        if Database::is_wanted() { Self::on_server() } else { Self::embedded() }
    }

    /// One with an embedded store.
    pub fn embedded() -> Self {
        Self::with(None)
    }

    /// One with a store on a PostgreSQL server, ready for use.
    pub fn on_server() -> Self {
        Self::on(Database::new())
    }

    /// One with its store in a database that a test has made.
    pub fn on(database: Database) -> Self {
        let place = Self::patient(database);
        let migrated = place.run(&["migrate"]);
        assert!(migrated.status.success(), "{}", String::from_utf8_lossy(&migrated.stderr));
        place
    }

    fn patient(database: Database) -> Self {
        let place = Self::with(Some(database));
        // A disk that is busy with something else for some seconds must not decide what a test finds.
        let patience =
            ["connect", "statement", "pool"].map(|of| format!("{of}_timeout_ms = 60000\n")).concat();
        fs::write(place.0.folder.path().join("kortti.toml"), format!("[postgres]\n{patience}")).unwrap();
        place
    }

    fn with(database: Option<Database>) -> Self {
        Self(Arc::new(Ground { folder: TempDir::new().unwrap(), database }))
    }

    /// The folder with the keys, and the store if it is an embedded one.
    pub fn data(&self) -> PathBuf {
        self.0.folder.path().join("data")
    }

    /// The file of an embedded store.
    pub fn store(&self) -> PathBuf {
        self.data().join("kortti.db")
    }

    /// What names the store.
    pub fn url(&self) -> String {
        let file = || format!("sqlite:{}", self.store().display());
        self.0.database.as_ref().map_or_else(file, Database::url)
    }

    /// Everything that is kept: each file of the folder, each value of the database.
    pub fn kept(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut kept = files_below(&self.data());
        let values = self.0.database.iter().flat_map(Database::values);
        kept.extend(values.map(|(table, value)| (table.into(), value)));
        assert!(kept.iter().any(|(path, _)| path.ends_with("kortti.db") || path.ends_with("journal")));
        kept
    }

    /// The file with everything that the servers wrote to stderr.
    pub fn log(&self) -> PathBuf {
        self.0.folder.path().join("stderr")
    }

    /// The database, unless the store is an embedded one.
    pub fn database(&self) -> Option<&Database> {
        self.0.database.as_ref()
    }

    /// Another place with the same store and keys, on which no server runs, as none may on this one.
    pub fn copy(&self) -> Self {
        let copy = self.database().map_or_else(Self::embedded, |database| Self::patient(database.copy()));
        fs::create_dir(copy.data()).unwrap();
        for (path, _) in files_below(&self.data()) {
            fs::copy(&path, copy.data().join(path.file_name().unwrap())).unwrap();
        }
        copy
    }

    /// The program on this store: neither the developer's configuration nor the environment changes what it does.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.plain(arguments);
        command.arg("--data").arg(self.data());
        if let Some(database) = &self.0.database {
            command.arg("--store").arg(database.url());
        }
        command
    }

    /// The program without a word of this store.
    pub fn plain(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kortti"));
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("KORTTI_")) {
            command.env_remove(name);
        }
        command.current_dir(self.0.folder.path()).stdin(Stdio::null()).args(arguments);
        command
    }

    /// Runs a command that ends by itself.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The same for one that is told where its stores are.
    pub fn run_plain(&self, arguments: &[&str]) -> Output {
        self.plain(arguments).output().unwrap()
    }

    /// A sandbox server on this store.
    pub fn serve(&self) -> Server {
        self.serve_with(&["--sandbox"], &[])
    }

    /// The same, or what the server has said when it does not start.
    pub fn try_serve(&self) -> Result<Server, String> {
        self.try_serve_with(&["--sandbox"], &[])
    }

    /// A server on this store, with more arguments and environment.
    pub fn serve_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Server {
        let served = self.try_serve_with(arguments, environment);
        served.unwrap_or_else(|said| panic!("the server did not start: {said}"))
    }

    pub fn try_serve_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Server, String> {
        let arguments: Vec<&str> =
            ["serve", "--listen", "127.0.0.1:0"].iter().chain(arguments).copied().collect();
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        let mut command = self.command(&arguments);
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(log);
        let mut process = command.spawn().unwrap();
        let mut greeting = BufReader::new(process.stdout.take().unwrap());
        let Some(address) = read_address(&mut greeting) else {
            let _ = process.wait();
            return Err(fs::read_to_string(self.log()).unwrap());
        };
        Ok(Server { process, api: Api::anonymous(address), place: self.clone(), _greeting: greeting })
    }

    /// Adds a client and returns its secret.
    pub fn add_client(&self, name: &str, scope: &str, institution: &str) -> String {
        let arguments = ["client", "add", name, "--scope", scope, "--institution", institution];
        let output = self.run(&arguments);
        let text = String::from_utf8(output.stdout).unwrap();
        let secret = text.lines().find_map(|line| line.strip_prefix("secret")).map(str::trim);
        secret.unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr))).to_owned()
    }

    /// Whether the store holds, and what the program says of it.
    pub fn verify(&self) -> (bool, String) {
        let output = self.run(&["verify"]);
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    #[track_caller]
    pub fn assert_verifies(&self) {
        let (holds, text) = self.verify();
        assert!(holds, "{text}");
    }
}

/// The address on which the server says that it listens; none when it ends before.
pub fn read_address(greeting: &mut impl BufRead) -> Option<SocketAddr> {
    let mut lines = greeting.lines();
    lines.find_map(|line| {
        let line = line.ok()?;
        let (_, rest) = line.split_once("http://")?;
        rest.split(['/', ' ']).next()?.parse().ok()
    })
}

/// A running server. It is killed when it is dropped, without a chance to say goodbye.
pub struct Server {
    process: Child,
    /// Without credentials.
    pub api: Api,
    pub place: Place,
    /// Kept open, so that the program can say what it has to say.
    _greeting: BufReader<ChildStdout>,
}

impl Server {
    /// A sandbox server on a fresh store.
    pub fn sandbox() -> Self {
        Place::new().serve()
    }

    /// A client with all rights in the sandbox.
    pub fn client(&self) -> Api {
        self.api.with_credentials("sandbox", "sandbox")
    }

    /// A client that was just added to the running server's store, as soon as the server knows it.
    pub fn new_client(&self, name: &str, scope: &str, institution: &str) -> Api {
        let api = self.api.with_credentials(name, &self.place.add_client(name, scope, institution));
        wait_until("the server knows the client", || api.get("/kortti/v1/events?limit=1").status != 401);
        api
    }

    /// Asks the server to stop, without waiting.
    pub fn ask_to_stop(&self) {
        self.signal("-TERM");
    }

    /// Lets the server stand still until it is woken, as if its machine were held up.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub fn wake(&self) {
        self.signal("-CONT");
    }

    /// The limits that the system has set to the process.
    pub fn limits(&self) -> String {
        fs::read_to_string(format!("/proc/{}/limits", self.process.id())).unwrap()
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Whether this is the process that decides.
    pub fn is_leading(&self) -> bool {
        self.api.get("/metrics").expect(200).text().lines().any(|line| line == "kortti_leading 1")
    }

    /// Waits until the server has ended.
    pub fn wait(mut self) -> ExitStatus {
        self.process.wait().unwrap()
    }

    /// Stops the server in good order.
    #[track_caller]
    pub fn stop(self) {
        self.ask_to_stop();
        assert_eq!(self.wait().code(), Some(0));
    }

    /// Kills the server on the spot.
    pub fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Waits for something that is bound to happen soon.
#[track_caller]
pub fn wait_until(what: &str, mut happened: impl FnMut() -> bool) {
    for _ in 0..1500 {
        if happened() {
            return;
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("waited too long until {what}");
}

/// Says what was measured, also where the test passes: the output of those is not shown.
pub fn tell(what: &str) {
    let test = thread::current();
    let line = format!("{}: {what}\n", test.name().unwrap_or("a test"));
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// A card number of 16 digits: `prefix`, zeros, `serial`, check digit.
pub fn card_number(prefix: &str, serial: u64) -> String {
    let payload = format!("{prefix}{serial:0width$}", width = 15 - prefix.len());
    let digit = |(i, byte): (usize, u8)| {
        let digit = u32::from(byte - b'0') * if i % 2 == 0 { 2 } else { 1 };
        digit / 10 + digit % 10
    };
    let sum: u32 = payload.bytes().rev().enumerate().map(digit).sum();
    format!("{payload}{}", (10 - sum % 10) % 10)
}

/// The card number encrypted to the server's certificate, as callers do it.
pub fn encrypt(api: &Api, number: &str) -> String {
    let pem = api.get("/kortti/v1/certificates/jwe").expect(200).text();
    let newest = pem.split("-----").nth(2).unwrap();
    let certificate = BASE64_STANDARD.decode(newest.replace('\n', "")).unwrap();
    kortti_crypto::encrypt_card_number(&certificate, number).unwrap()
}

/// Creates a card at `path` and returns its id.
#[track_caller]
pub fn issue(api: &Api, path: &str, body: &Value) -> String {
    api.post(path, body).id(201)
}

/// A card as it is read.
#[track_caller]
pub fn card(api: &Api, id: &str) -> Value {
    api.get(&format!("/card/v4/{id}")).expect(200).json()
}

/// Checks what a card shows: each member of `expected`, at the top or by its path such as `/embossing/firstName`.
#[track_caller]
pub fn assert_members(thing: &Value, expected: &Value) {
    for (name, value) in expected.as_object().unwrap() {
        let found = if name.starts_with('/') { thing.pointer(name) } else { thing.get(name) };
        assert_eq!(found, Some(value), "{name} in {thing}");
    }
}

/// The time that the server's clock shows.
pub fn now(api: &Api) -> String {
    let clock = api.get("/sandbox/v1/clock").expect(200).json();
    clock["now"].as_str().unwrap().to_owned()
}

/// Moves the server's clock.
#[track_caller]
pub fn advance(api: &Api, by: &Value) -> String {
    let clock = api.post("/sandbox/v1/clock/advance", by).expect(200).json();
    clock["now"].as_str().unwrap().to_owned()
}

/// All events of the journal.
pub fn events(api: &Api) -> Vec<Value> {
    events_after(api, 0)
}

/// All events behind a place in the journal.
pub fn events_after(api: &Api, after: u64) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), after.to_string());
    loop {
        let page = api.get(&format!("/kortti/v1/events?after={after}&limit=1000")).expect(200).json();
        let found = page["events"].as_array().unwrap();
        let next = page["next"].as_str().unwrap().to_owned();
        events.extend(found.iter().cloned());
        if next == after {
            return events;
        }
        after = next;
    }
}

/// A person who can be created.
pub fn person(number: &str) -> Value {
    json!({
        "customerNumber": number,
        "locale": "fi_FI",
        "regNo": format!("REG-{number}"),
        "address": { "address1": "Kings street 12", "city": "Mariehamn", "country": "FIN", "zipCode": "22100" },
        "firstName": "Monica",
        "lastName": "Liikamaa",
    })
}

/// Creates a person and returns the id.
#[track_caller]
pub fn new_customer(api: &Api, number: &str) -> String {
    api.post("/customer/v3/PRIVATE", &person(number)).id(201)
}

/// Opens a prepaid account and returns its id.
#[track_caller]
pub fn new_account(api: &Api, customer: &str, body: &Value) -> String {
    api.post(&format!("/account/v4/PREPAID/customer/{customer}"), body).id(201)
}

/// Numbers that look random and come again from the same seed.
pub struct Dice(u64);

impl Dice {
    /// Dice with the seed in `KORTTI_TEST_SEED`, or one that differs from run to run.
    pub fn new() -> (Self, u64) {
        let given = env::var("KORTTI_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().build_hasher().finish() | 1);
        (Self::seeded(seed), seed)
    }

    pub const fn seeded(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `end`.
    pub const fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % end
    }
}

/// All files below a folder, each with its content.
pub fn files_below(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if let Ok(content) = fs::read(&path) {
            files.push((path, content));
        }
    }
    files
}
