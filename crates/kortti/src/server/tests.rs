use std::{ffi::OsStr, path::Path};

use super::{announced, first_certificate, program, resident};

#[test]
fn address_is_read_from_the_greeting() {
    let greeting = b"warming up\nKortti 0.1.0 is ready on http://127.0.0.1:40123\n  reference  http://127.0.0.1:40123/docs\n";
    assert_eq!(announced(&mut &greeting[..]), Some(([127, 0, 0, 1], 40123).into()));
}

#[test]
fn server_that_ends_has_no_address() {
    assert_eq!(announced(&mut &b""[..]), None);
    assert_eq!(announced(&mut &b"something else\n"[..]), None);
}

#[test]
fn memory_is_the_resident_set() {
    let status = "Name:\tkortti\nVmPeak:\t 9999 kB\nVmRSS:\t   21504 kB\nRssAnon:\t 1 kB\n";
    assert_eq!(resident(status), Some(21504 * 1024));
    assert_eq!(resident("Name:\tkortti\n"), None);
}

#[test]
fn first_of_several_certificates_is_taken() {
    let pem = "-----BEGIN CERTIFICATE-----\nAQID\nBAUG\n-----END CERTIFICATE-----\n\
               -----BEGIN CERTIFICATE-----\nBwgJ\n-----END CERTIFICATE-----\n";
    assert_eq!(first_certificate(pem), Some(vec![1, 2, 3, 4, 5, 6]));
    assert_eq!(first_certificate("{}"), None);
}

#[test]
fn store_of_a_child_is_not_in_its_command_line() {
    let url = "postgres://me:hush@host/db";
    let command = program(Some(url), Path::new("."), "verify").unwrap();
    assert!(command.get_args().all(|argument| !argument.to_string_lossy().contains("hush")));
    let mut environment = command.get_envs();
    assert!(environment.any(|variable| variable == (OsStr::new("KORTTI_STORE"), Some(OsStr::new(url)))));
}
