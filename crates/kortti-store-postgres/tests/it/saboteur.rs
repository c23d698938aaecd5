//! A wire to the server on which one chosen statement goes wrong, in the ways in which it does with distributed engines.

use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use parking_lot::Mutex;

use crate::wire::{Answer, Request};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The statement is refused with `serialization_failure`, without having done anything.
    Conflict,
    /// The same, after it has done its work and perhaps sent its rows, which is undone. This is how a transaction ends
    /// that cannot be put in order with others.
    LateConflict,
    /// The statement does not arrive, and the connection is cut.
    RequestIsCut,
    /// The server does the statement, and the connection is cut before its answer.
    AnswerIsCut,
    /// The server commits, and answers `statement_completion_unknown`.
    Doubt,
}

impl Fault {
    pub const ALL: [Fault; 5] =
        [Fault::Conflict, Fault::LateConflict, Fault::RequestIsCut, Fault::AnswerIsCut, Fault::Doubt];

    /// Whether the server says clearly that nothing was done.
    pub fn is_conflict(self) -> bool {
        matches!(self, Fault::Conflict | Fault::LateConflict)
    }

    /// Whether an engine could do this to a statement in a transaction of this state.
    fn can_meet(self, request: &Request, status: u8) -> bool {
        match self {
            Fault::RequestIsCut | Fault::AnswerIsCut => true,
            // None refuses to log a client in, to roll back or to forget a statement because of other transactions; and in
            // a transaction that has failed nothing can fail once more.
            Fault::Conflict | Fault::LateConflict => {
                let is_refusable =
                    !request.is_startup() && !request.is_query("ROLLBACK") && !request.closes();
                status != b'E' && is_refusable
            }
            // The statement is a transaction of its own, or the end of one.
            Fault::Doubt => {
                let is_alone = status == b'I' && request.executes() && !request.is_query("START");
                is_alone || (status == b'T' && request.is_query("COMMIT"))
            }
        }
    }
}

/// Which statement a fault has met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Met {
    /// One of those that a new connection begins with.
    Connecting,
    /// Another one.
    Working,
}

/// Which statements a fault may meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All of them, also those that connect and prepare.
    All,
    /// Those that do something a call has asked for.
    Work,
}

/// Listens on a port of its own and hands everything on to the server, statement by statement.
pub struct Saboteur {
    port: u16,
    /// A connection keeps to the plan there was when it was made: one that ends late does not disturb the next.
    plan: Arc<Mutex<Arc<Plan>>>,
}

/// Connections to the server whose clients have left in good order, for the next ones that begin in the same words: making
/// one costs the server more than everything else that most runs do.
#[derive(Default)]
struct Kept(Mutex<Vec<(Vec<u8>, Answer, TcpStream)>>);

#[derive(Default)]
struct Plan(Mutex<Progress>);

#[derive(Default)]
struct Progress {
    fault: Option<Fault>,
    reach: Option<Reach>,
    /// How many statements there are until the one that is meant.
    left: u32,
    /// After how many more it meets the next one; 0 when once is enough.
    every: u32,
    met: Vec<Met>,
}

impl Saboteur {
    pub fn to(server: u16) -> Saboteur {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let plan: Arc<Mutex<Arc<Plan>>> = Arc::default();
        let (current, kept) = (Arc::clone(&plan), Arc::new(Kept::default()));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (plan, kept) = (Arc::clone(&current.lock()), Arc::clone(&kept));
                // However it ends, the client's connection ends with it.
                thread::spawn(move || attend(&client, server, &plan, &kept));
            }
        });
        Saboteur { port, plan }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Lets the fault meet the statement of that number, counted from 1 over all connections that are made from now on, of
    /// those that it can meet. When `every` is not 0, it meets each that comes so many later as well.
    pub fn plan(&self, fault: Option<Fault>, reach: Reach, statement: u32, every: u32) {
        let progress = Progress { fault, reach: Some(reach), left: statement, every, met: Vec::new() };
        *self.plan.lock() = Arc::new(Plan(Mutex::new(progress)));
    }

    /// Lets the fault meet every statement of a call from now on, also on the connections there are; or none any more.
    pub fn insist(&self, fault: Option<Fault>) {
        let plan = Arc::clone(&self.plan.lock());
        *plan.0.lock() = Progress { fault, reach: Some(Reach::Work), left: 1, every: 1, met: Vec::new() };
    }

    /// The statements that the fault has met by now.
    pub fn met(&self) -> Vec<Met> {
        let plan = Arc::clone(&self.plan.lock());
        let progress = plan.0.lock();
        progress.met.clone()
    }
}

impl Plan {
    /// Counts a statement that a fault may meet in this state; returns the fault when it is the one that is meant.
    fn count(&self, request: &Request, status: u8) -> Option<Fault> {
        let mut progress = self.0.lock();
        let fault = progress.fault.filter(|fault| fault.can_meet(request, status))?;
        let is_connecting =
            request.is_startup() || request.is_query("SHOW") || request.is_query("SELECT set_config");
        if progress.reach == Some(Reach::Work) && (is_connecting || !request.executes()) {
            return None;
        }
        progress.left = progress.left.checked_sub(1)?;
        if progress.left > 0 {
            return None;
        }
        progress.left = progress.every;
        progress.met.push(if is_connecting { Met::Connecting } else { Met::Working });
        Some(fault)
    }
}

/// Serves one client until it leaves or the wire is cut.
fn attend(client: &TcpStream, server: u16, plan: &Plan, kept: &Kept) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut from_client = BufReader::new(client);
    let request = Request::startup(&mut from_client)?;
    let startup = request.bytes();
    let found = {
        let mut kept = kept.0.lock();
        let place = kept.iter().position(|(words, ..)| *words == startup);
        place.map(|place| kept.swap_remove(place))
    };
    let (greeting, server) = match found {
        Some((_, greeting, server)) => (Some(greeting), server),
        None => (None, TcpStream::connect((Ipv4Addr::LOCALHOST, server))?),
    };
    server.set_nodelay(true)?;
    let mut wire = Wire { from_server: BufReader::new(&server), to_server: &server, status: b'I' };
    let greeting = match greeting {
        Some(greeting) => greeting,
        None => wire.ask(&request)?,
    };
    if plan.count(&request, wire.status).is_some() {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    let mut to_client = client;
    to_client.write_all(&greeting.bytes())?;
    while let Ok(request) = Request::read(&mut from_client) {
        let answer = match plan.count(&request, wire.status) {
            None => wire.ask(&request)?,
            Some(fault) => wire.harm(fault, &request)?,
        };
        to_client.write_all(&answer.bytes())?;
    }
    wire.say("ROLLBACK")?;
    wire.say("DISCARD ALL")?;
    kept.0.lock().push((startup, greeting, server));
    Ok(())
}

/// The way to the server. A statement is sent on when the one before it was answered, which a client that sends several at
/// once cannot tell from a slow server.
struct Wire<'a> {
    from_server: BufReader<&'a TcpStream>,
    to_server: &'a TcpStream,
    /// What the server last said of the transaction.
    status: u8,
}

impl Wire<'_> {
    fn ask(&mut self, request: &Request) -> io::Result<Answer> {
        self.to_server.write_all(&request.bytes())?;
        let answer = Answer::read(&mut self.from_server)?;
        self.status = answer.status();
        Ok(answer)
    }

    /// Lets the server say something itself, so that it really is in the state that the client is told of.
    fn say(&mut self, query: &str) -> io::Result<Answer> {
        self.ask(&Request::query(query))
    }

    fn fail(&mut self, code: &str) -> io::Result<Answer> {
        self.say(&format!("DO $$ BEGIN RAISE EXCEPTION 'injected' USING ERRCODE = '{code}'; END $$"))
    }

    /// The answer to a statement that goes wrong, or the error that cuts the wire.
    fn harm(&mut self, fault: Fault, request: &Request) -> io::Result<Answer> {
        match fault {
            Fault::RequestIsCut => Err(io::ErrorKind::ConnectionAborted.into()),
            Fault::AnswerIsCut => {
                self.ask(request)?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Fault::Doubt => {
                self.ask(request)?;
                self.fail("40003")
            }
            Fault::Conflict => self.refuse(request),
            Fault::LateConflict => self.undo(request),
        }
    }

    fn refuse(&mut self, request: &Request) -> io::Result<Answer> {
        if request.is_query("COMMIT") {
            // A commit that fails ends the transaction nevertheless.
            self.say("ROLLBACK")?;
        }
        self.fail("40001")
    }

    fn undo(&mut self, request: &Request) -> io::Result<Answer> {
        // No client looks for an error behind a statement that was prepared.
        if request.is_query("COMMIT") || request.is_query("START") || !request.executes() {
            return self.refuse(request);
        }
        if self.status == b'T' {
            let answer = self.ask(request)?;
            return if answer.is_error() {
                Ok(answer)
            } else {
                Ok(answer.broken_off().then(self.fail("40001")?))
            };
        }
        // A statement outside a transaction commits when all its rows are sent, and may fail then.
        self.say("BEGIN")?;
        let answer = self.ask(request)?;
        let rolled_back = self.say("ROLLBACK")?;
        if answer.is_error() {
            return Ok(answer.unfinished().then(rolled_back));
        }
        Ok(answer.unfinished().then(self.fail("40001")?))
    }
}
