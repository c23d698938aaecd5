use super::*;

#[test]
fn user_hosts_and_database_are_shown() {
    for (url, expected) in [
        ("postgres://me:hush@host/db", "postgres://me@host/db"),
        ("postgresql://me@one:1,two:2/db?sslmode=require", "postgres://me@one:1,two:2/db"),
        ("postgres://host:5432/db", "postgres://host:5432/db"),
        ("postgres://me:hush@[::1]:5432/db", "postgres://me@[::1]:5432/db"),
        ("postgres://kortti:s3c?retpw@host/db", "postgres://kortti@host/db"),
    ] {
        assert_eq!(shown(url), expected);
    }
}

#[test]
fn nothing_of_a_password_is_shown_wherever_it_stands() {
    let passwords = [
        "hush", "hush@sh", "h?sh", "hu/sh", "hu:sh", "a?b=hush", "hush?a=b", "@hush", "hush@", "h#sh",
        "hush?@sh",
    ];
    for password in passwords {
        for url in [
            format!("postgres://me:{password}@host/db"),
            format!("postgres://me:{password}@host/db?sslmode=require"),
            format!("postgres://me@host/db?password={password}"),
            format!("postgres://host/db?user=me&password={password}&sslmode=require"),
            // Where there is no host; what stands behind an @ is one.
            format!("postgres://me:{}", password.replace('@', "")),
        ] {
            let shown = shown(&url);
            let is_safe =
                ["postgres://me@host/db", "postgres://me@…", "postgres://host/db", "postgres://host@…"];
            assert!(
                is_safe.contains(&shown.as_str()) || shown == "postgres://…",
                "{url} is shown as {shown}"
            );
        }
    }
}

#[test]
fn password_is_taken_out_of_what_a_program_is_given() {
    for (url, without, password) in [
        (
            "postgres://me:h%75sh%@host:1/db?sslmode=require",
            "postgres://me@host:1/db?sslmode=require",
            Some("hush%"),
        ),
        ("postgres://me:s3c?ret@one,two/db", "postgres://me@one,two/db", Some("s3c?ret")),
        ("postgres://host/db?a=1&password=hush&b=2", "postgres://host/db?a=1&b=2", Some("hush")),
        ("postgres://host/db?password=hush", "postgres://host/db", Some("hush")),
        ("postgres://me@host/db", "postgres://me@host/db", None),
        ("postgres:///db?host=/run/a@b", "postgres:///db?host=/run/a@b", None),
    ] {
        let taken = without_password(url);
        assert_eq!(taken, (without.to_owned(), password.map(Into::into)), "{url}");
    }
}
