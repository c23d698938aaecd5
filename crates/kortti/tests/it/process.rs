//! What the program asks of the system for itself.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    os::unix::{
        fs::{MetadataExt, PermissionsExt},
        process::CommandExt,
    },
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::support::{Place, Server};

#[test]
fn a_server_takes_all_the_files_that_it_may_open() {
    let place = Place::new();
    let program = place.command(&["serve", "--sandbox", "--listen", "127.0.0.1:0"]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -S -n 256 && exec \"$0\" \"$@\""]).arg(program.get_program());
    limited.args(program.get_args()).current_dir(program.get_current_dir().unwrap());
    // What the environment of whoever runs the tests says is nothing to the server.
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => limited.env(name, value),
            None => limited.env_remove(name),
        };
    }
    let mut process = limited.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut said = BufReader::new(process.stdout.take().unwrap());
    said.read_line(&mut String::new()).unwrap();
    let limits = fs::read_to_string(format!("/proc/{}/limits", process.id())).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    let files = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    let number = |word: &str| if word == "unlimited" { Some(u64::MAX) } else { word.parse().ok() };
    let files: Vec<u64> = files.split_whitespace().map_while(number).collect();
    assert!(files[0] == files[1].min(65_536) && files[1] > 256, "{limits}");
}

#[test]
fn nothing_in_memory_gets_into_a_file_when_the_process_is_aborted() {
    let server = Server::sandbox();
    let limits = server.limits();
    let core = limits.lines().find_map(|line| line.strip_prefix("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().collect::<Vec<_>>(), ["0", "0", "bytes"]);
}

/// Of a process that leaves no image of itself the system gives what shows the memory to root, whoever runs it.
#[test]
fn process_leaves_no_image_of_its_memory_where_the_limit_does_not_count() {
    const NOBODY: u32 = 65534;
    let folder = TempDir::new().unwrap();
    let program = folder.path().join("kortti");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // By another program: one that this process writes cannot be run while any child still has it open.
    let copied =
        Command::new("install").args(["-m", "755", env!("CARGO_BIN_EXE_kortti")]).arg(&program).status();
    assert!(copied.unwrap().success());
    let mut command = Command::new(program);
    command.arg("openapi").stdin(Stdio::null()).stdout(Stdio::piped());
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        command.uid(NOBODY);
    }
    let mut process = command.spawn().unwrap();
    // It has more to say than is taken from it, so it waits.
    process.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
    let of = |file: &str| fs::metadata(format!("/proc/{}{file}", process.id())).unwrap().uid();
    let (process_is_of, memory_is_of) = (of(""), of("/mem"));
    assert!(process.try_wait().unwrap().is_none());
    process.kill().unwrap();
    process.wait().unwrap();
    assert_ne!(process_is_of, 0);
    assert_eq!(memory_is_of, 0);
}
