//! One statement of a run goes wrong, in each way there is, at each statement there is. The run ends as it would have.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use kortti_store::conformance::Fixture;
use kortti_store::{
    Append, ColdTable, ColdWrite, Extent, Lease, Record, SnapshotRow, Store, StoreError, StreamId,
};
use kortti_store_postgres::{PostgresStore, migrate};
use parking_lot::Mutex;

use crate::checked::{Checked, Content, Expected};
use crate::direct::Direct;
use crate::place::{Place, STREAM, append_to, end_at, patient, read_snapshot, write_snapshot};
use crate::saboteur::{Fault, Met, Reach, Saboteur};

/// A behaviour of a store, as the conformance suite has them.
type Behaviour = fn(&dyn Fixture);

/// How many statements lie between two that go wrong in one run: more than any call needs for itself.
const APART: u32 = 15;

/// Runs a behaviour with a choice of what can go wrong at the statements that do what a call has asked for, several in one
/// run. With `KORTTI_TEST_FAULTS=all` each goes wrong in every way, alone; that takes minutes.
pub fn survive_at_work(behaviour: Behaviour) {
    if std::env::var("KORTTI_TEST_FAULTS").is_ok_and(|faults| faults == "all") {
        return Fault::ALL.into_iter().for_each(|fault| survive(behaviour, fault, Reach::Work));
    }
    on_a_ground(behaviour, |ground, undisturbed| {
        for statement in 1..=APART {
            let fault = Fault::ALL[statement as usize % Fault::ALL.len()];
            let plan = Plan { fault: Some(fault), reach: Reach::Work, statement, every: APART };
            let has_met = ground.survives(behaviour, plan, undisturbed);
            // Another kind of fault may have nothing to meet here and something further on.
            if fault == Fault::AnswerIsCut && !has_met {
                break;
            }
        }
    });
}

/// Runs a behaviour in which several write at once, or somebody has been at the tables, so that only the behaviour itself can tell
/// what is right: what goes wrong is chosen as above.
pub fn survive_now_and_then(behaviour: Behaviour) {
    let ground = Ground::take();
    for (statement, fault) in (1..=APART).zip(Fault::ALL.into_iter().cycle()) {
        let plan = Plan { fault: Some(fault), reach: Reach::Work, statement, every: APART };
        let expected = Expected::unknown(Arc::clone(&ground.direct), plan.fault);
        let run = catch_unwind(AssertUnwindSafe(|| ground.run(behaviour, plan, expected)));
        assert!(run.is_ok(), "{plan:?} was too much");
    }
    ground.give_back();
}

/// Runs a behaviour with the fault at statement 1, 2, 3 … until it ends before the statement comes.
fn survive(behaviour: Behaviour, fault: Fault, reach: Reach) {
    on_a_ground(behaviour, |ground, undisturbed| {
        for statement in 1.. {
            let plan = Plan { fault: Some(fault), reach, statement, every: 0 };
            if !ground.survives(behaviour, plan, undisturbed) {
                break;
            }
        }
    });
}

/// Takes a ground for some runs, which also get to know how one ends that nothing disturbs.
fn on_a_ground(behaviour: Behaviour, runs: impl FnOnce(&Ground, &Content)) {
    let ground = Ground::take();
    let plan = Plan { fault: None, reach: Reach::All, statement: 0, every: 0 };
    let undisturbed = ground.run(behaviour, plan, ground.expected(plan)).content.unwrap();
    runs(&ground, &undisturbed);
    ground.give_back();
}

#[test]
fn fault_at_any_statement_of_connecting_and_preparing_is_survived() {
    // Nothing is done yet that could be undone or be in doubt.
    for fault in [Fault::Conflict, Fault::RequestIsCut, Fault::AnswerIsCut] {
        survive(one_call_on_each_kind_of_connection, fault, Reach::All);
    }
}

#[test]
fn fault_at_any_statement_of_appends_and_look_ups_is_survived() {
    for fault in Fault::ALL {
        survive(appends_and_look_ups, fault, Reach::Work);
    }
}

#[test]
fn fault_at_any_statement_of_snapshots_is_survived() {
    for fault in Fault::ALL {
        survive(snapshots, fault, Reach::Work);
    }
}

#[test]
fn fault_at_any_statement_of_leases_is_survived() {
    for fault in Fault::ALL {
        survive(leases, fault, Reach::Work);
    }
}

#[test]
fn fault_at_any_statement_of_clearing_and_wiping_is_survived() {
    for fault in Fault::ALL {
        survive(starting_over, fault, Reach::Work);
    }
}

#[test]
fn conflicts_that_do_not_end_make_every_method_unavailable_until_they_do() {
    let ground = Ground::new();
    let url = ground.place.url_through(ground.saboteur.port());
    let store = PostgresStore::open(&url, patient()).unwrap();
    store.append(&step(0)).unwrap();
    write_snapshot(&store, 1, 5).unwrap();
    let before = ground.direct.content();
    for fault in [Fault::Conflict, Fault::LateConflict] {
        ground.saboteur.insist(Some(fault));
        let refused = [
            PostgresStore::open(&url, patient()).err(),
            store.head(STREAM).err(),
            store.append(&step(1)).err(),
            store.append(&Append { records: &[], ..step(1) }).err(),
            store.read(STREAM, 0, 10).err(),
            store.cold(ColdTable::Key, 1).err(),
            store.scan_cold(ColdTable::Key, None, 10).err(),
            write_snapshot(&store, 1, 7).err(),
            store.read_snapshot(STREAM, &mut |_| ()).err(),
            store.clear_snapshot(STREAM).err(),
            store.lease(STREAM).err(),
            store.replace_lease(STREAM, &Lease::FREE, &held(1, 0)).err(),
            store.wipe().err(),
        ];
        for (place, refused) in refused.iter().enumerate() {
            assert!(matches!(refused, Some(StoreError::Unavailable { .. })), "{place}: {refused:?}");
        }
        assert_eq!(ground.direct.content(), before);
        ground.saboteur.insist(None);
        assert_eq!(store.head(STREAM).unwrap(), end_at(1));
        assert_eq!(read_snapshot(&store), (1, 5));
    }
    store.append(&step(1)).unwrap();
    store.wipe().unwrap();
}

fn one_call_on_each_kind_of_connection(fixture: &dyn Fixture) {
    let store = fixture.open();
    store.append(&step(0)).unwrap();
    assert_eq!(store.head(STREAM).unwrap(), end_at(1));
    write_snapshot(&*store, 1, 5).unwrap();
}

/// Every such call, in each of the ways that make other statements of it.
fn appends_and_look_ups(fixture: &dyn Fixture) {
    let store = fixture.open();
    store.append(&step(0)).unwrap();
    let cold = [
        ColdWrite { table: ColdTable::Key, id: 1, body: None },
        ColdWrite { table: ColdTable::CardPan, id: 7, body: Some(b"pan".to_vec()) },
    ];
    store.append(&Append { cold: &cold, ..step(1) }).unwrap();
    store.append(&Append { records: &[], ..step(2) }).unwrap();
    for late in [step(0), Append { records: &[], ..step(0) }] {
        assert!(matches!(store.append(&late), Err(StoreError::Moved { actual: 2 })));
    }
    assert_eq!(store.head(STREAM).unwrap(), end_at(2));
    assert_eq!(store.read(STREAM, 0, 10).unwrap().len(), 2);
    assert_eq!(store.cold(ColdTable::CardPan, 7).unwrap().as_deref(), Some(b"pan".as_slice()));
    assert_eq!(store.scan_cold(ColdTable::Key, None, 10).unwrap().len(), 1);
}

fn snapshots(fixture: &dyn Fixture) {
    let store = fixture.open();
    store.append(&step(0)).unwrap();
    store.append(&step(1)).unwrap();
    write_snapshot(&*store, 1, 5).unwrap();
    let mut changes = [(2, None), (8, Some(b"more".to_vec()))]
        .map(|(id, body)| SnapshotRow { kind: 1, id, body })
        .into_iter();
    store.write_snapshot(STREAM, 2, Extent::Changes, &mut changes).unwrap();
    assert_eq!(read_snapshot(&*store), (2, 5));
    assert!(matches!(write_snapshot(&*store, 1, 1), Err(StoreError::Moved { actual: 2 })));
}

fn leases(fixture: &dyn Fixture) {
    let store = fixture.open();
    let replace = |seen: &Lease, next: &Lease| store.replace_lease(STREAM, seen, next).unwrap();
    assert!(replace(&Lease::FREE, &held(1, 0)));
    assert!(replace(&held(1, 0), &held(1, 1)));
    assert!(!replace(&held(1, 0), &held(2, 0)));
    assert!(matches!(store.append(&step(0)), Err(StoreError::Moved { actual: 0 })));
    store.append(&Append { epoch: 1, ..step(0) }).unwrap();
    assert_eq!(store.lease(STREAM).unwrap(), held(1, 1));
}

fn held(epoch: u64, beat: u64) -> Lease {
    Lease { epoch, beat, holder: b"one".to_vec() }
}

fn starting_over(fixture: &dyn Fixture) {
    let store = fixture.open();
    store.append(&step(0)).unwrap();
    write_snapshot(&*store, 1, 5).unwrap();
    store.clear_snapshot(STREAM).unwrap();
    store.wipe().unwrap();
    assert_eq!(read_snapshot(&*store), (0, 0));
    store.append(&step(0)).unwrap();
}

#[test]
fn fault_at_any_statement_of_a_migration_is_survived() {
    let place = Place::bare();
    place.set("default_transaction_isolation", "serializable");
    let (direct, saboteur) = (Direct::to(&place.url()), Saboteur::to(place.port()));
    let migrate = || migrate(&place.url_through(saboteur.port()), patient());
    for fault in Fault::ALL {
        for statement in 1.. {
            direct.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
            saboteur.plan(Some(fault), Reach::Work, statement, 0);
            match migrate() {
                Ok(_) => {}
                Err(StoreError::Unavailable { source }) => {
                    assert!(!fault.is_conflict(), "{statement}: {source:?}");
                    assert!(matches!(place.try_open(), Err(StoreError::Schema { found: 0, .. })));
                }
                Err(error) => {
                    assert!(matches!(error, StoreError::Unknown { .. }), "{error}");
                    assert!(!fault.is_conflict(), "{statement}: {error:?}");
                }
            }
            if saboteur.met().is_empty() {
                break;
            }
            migrate().unwrap();
            let store = place.store();
            assert_eq!(store.streams(), 16);
            append_to(&store, StreamId(15), 1, 10).unwrap();
            let mut row = std::iter::once(SnapshotRow { kind: 1, id: 1, body: Some(vec![1]) });
            store.write_snapshot(StreamId(15), 1, Extent::Changes, &mut row).unwrap();
        }
    }
}

/// The append of the record behind `before`, with a cold row.
fn step(before: u64) -> Append<'static> {
    static RECORDS: LazyLock<Vec<Record>> = LazyLock::new(|| {
        let record = |sequence| Record { sequence, hash: end_at(sequence).hash, bytes: vec![7; 20] };
        (1..=4).map(record).collect()
    });
    static COLD: LazyLock<Vec<ColdWrite>> =
        LazyLock::new(|| vec![ColdWrite { table: ColdTable::Key, id: 1, body: Some(b"key".to_vec()) }]);
    let records = &RECORDS[before as usize..=before as usize];
    Append { stream: STREAM, expected: end_at(before), epoch: 0, records, cold: &COLD }
}

/// Those that no test uses just now.
static SPARE: Mutex<Vec<Ground>> = Mutex::new(Vec::new());

/// A database that every run finds empty.
struct Ground {
    place: Place,
    direct: Arc<Direct>,
    saboteur: Saboteur,
}

/// What goes wrong in a run: see [`Saboteur::plan`].
#[derive(Debug, Clone, Copy)]
struct Plan {
    fault: Option<Fault>,
    reach: Reach,
    statement: u32,
    every: u32,
}

/// How a run has ended.
struct Run {
    /// What is in the store, where that is known.
    content: Option<Content>,
    met: Vec<Met>,
    failed: Vec<&'static str>,
}

impl Ground {
    fn new() -> Ground {
        let place = Place::serializable();
        let (direct, saboteur) = (Arc::new(Direct::to(&place.url())), Saboteur::to(place.port()));
        Ground { place, direct, saboteur }
    }

    /// Making a database takes longer than most behaviours do at all their statements, so one that is spare is taken.
    fn take() -> Ground {
        let spare = SPARE.lock().pop();
        spare.unwrap_or_else(Ground::new)
    }

    /// Makes it a spare one. One on which a run has failed must not be.
    fn give_back(self) {
        SPARE.lock().push(self);
    }

    fn expected(&self, plan: Plan) -> Expected {
        Expected::empty(Arc::clone(&self.direct), plan.fault)
    }

    fn run(&self, behaviour: Behaviour, plan: Plan, expected: Expected) -> Run {
        self.direct.empty();
        self.saboteur.plan(plan.fault, plan.reach, plan.statement, plan.every);
        let expected = Arc::new(expected);
        let url = self.place.url_through(self.saboteur.port());
        behaviour(&Disturbed { url, expected: Arc::clone(&expected) });
        Run { content: expected.check(), met: self.saboteur.met(), failed: expected.failed() }
    }

    /// Checks that the behaviour is as it would be undisturbed. Returns whether anything has gone wrong.
    fn survives(&self, behaviour: Behaviour, plan: Plan, undisturbed: &Content) -> bool {
        let run = catch_unwind(AssertUnwindSafe(|| self.run(behaviour, plan, self.expected(plan)))).ok();
        let Run { content, met, failed } = run.unwrap_or_else(|| unreachable!("{plan:?} was too much"));
        assert_eq!(content.as_ref(), Some(undisturbed), "{plan:?}");
        assert!(failed.len() <= met.len(), "{plan:?} has made {failed:?} fail");
        if plan.fault.is_some_and(Fault::is_conflict) && !met.contains(&Met::Connecting) {
            // The store tries again itself, except where the caller has given or been given rows that do not come again.
            let given = ["read_snapshot", "write_snapshot"];
            assert!(failed.iter().all(|call| given.contains(call)), "{plan:?} has made {failed:?} fail");
        }
        !met.is_empty()
    }
}

/// Opens stores behind the saboteur.
struct Disturbed {
    url: String,
    expected: Arc<Expected>,
}

impl Fixture for Disturbed {
    fn open(&self) -> Box<dyn Store> {
        let opened = self.expected.look("open", || PostgresStore::open(&self.url, patient()));
        Box::new(Checked { store: opened.unwrap(), expected: Arc::clone(&self.expected) })
    }

    fn tamper(&self, statement: &str) {
        self.expected.direct.run(statement);
    }
}
