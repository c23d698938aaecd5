use clap::Parser;

use super::{Options, again};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: Options,
}

fn repeated(arguments: &[&str]) -> String {
    let line = Line::try_parse_from([&["torture"], arguments].concat()).unwrap();
    again(&line.options, 7)
}

#[test]
fn run_is_repeated_by_a_command_without_a_password() {
    let plain = "kortti torture --processes 1 --rounds 30 --seed 7";
    let embedded = repeated(&["--store", "sqlite:a b.db"]);
    assert_eq!(embedded, plain.replace("torture", "torture --store 'sqlite:a b.db'"));
    let server = repeated(&["--store", "postgres://me:hush@host/db?sslmode=require"]);
    let (command, rest) = server.split_once('\n').unwrap();
    assert_eq!(command, plain);
    assert!(rest.contains("KORTTI_TORTURE_STORE") && rest.ends_with("postgres://me@host/db"), "{rest}");
}
