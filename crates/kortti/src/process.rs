//! What this process asks of the system for itself.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many files and connections a server wants to have open at most.
const FILES: u64 = 65_536;

/// Keeps what is in memory out of the files that systems write when a process comes to a bad end: keys and card numbers are
/// among it.
pub fn keep_memory_private() {
    // A system that refuses this is no reason not to start.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    // Where a program takes the place of the file the limit does not count.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Takes as many files as the system lets this process have open; how many these are. The usual limit is one that programs must
/// raise who have more than a thousand connections.
pub fn raise_file_limit() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.map_or(FILES, |maximum| maximum.min(FILES));
    match current {
        Some(current) if current < wanted => {
            let raised = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
            raised.map_or(current, |()| wanted)
        }
        Some(current) => current,
        None => FILES,
    }
}
