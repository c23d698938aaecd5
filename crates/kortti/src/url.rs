//! The URL of a database, taken apart: what may be shown of it, and what PostgreSQL's own programs are given.

#[cfg(target_os = "linux")]
use std::{ffi::OsString, os::unix::ffi::OsStringExt};

#[cfg(target_os = "linux")]
use percent_encoding::percent_decode_str;

/// Stands where it is not clear whether something is a secret.
const HIDDEN: &str = "…";

/// What may be shown of a URL: the user, the hosts and the database. A password that was not encoded may have any character in
/// it, so where it is not clear which of them divide the URL, the user's name alone is shown.
pub fn shown(url: &str) -> String {
    let rest = url.split_once("//").map_or("", |(_, rest)| rest);
    let Some(at) = rest.rfind('@') else {
        return format!("postgres://{}", place(rest).unwrap_or(HIDDEN));
    };
    let (before, behind) = rest.split_at(at);
    let user = before.split([':', '@', '/', '?']).next().unwrap_or_default();
    // Otherwise the query may begin there, and what stands behind the @ be the end of a value in it.
    let is_clear = before.split_once('?').is_none_or(|(_, maybe_query)| !maybe_query.contains('='));
    let place = place(behind.trim_start_matches('@')).filter(|_| is_clear).unwrap_or(HIDDEN);
    format!("postgres://{user}@{place}")
}

/// The hosts and the database, without the query. None where what should be a port is no number: the whole may be credentials
/// without a host.
fn place(text: &str) -> Option<&str> {
    let place = text.split('?').next()?;
    let hosts = place.split('/').next()?;
    let has_port = |host: &str| {
        let port = host.rsplit(']').next()?.split_once(':')?.1;
        Some(port.bytes().all(|byte| byte.is_ascii_digit()))
    };
    hosts.split(',').all(|host| has_port(host).unwrap_or(true)).then_some(place)
}

/// A URL without its password, and the password, both as PostgreSQL's own programs read them.
#[cfg(target_os = "linux")]
pub fn without_password(url: &str) -> (String, Option<OsString>) {
    let Some((scheme, rest)) = url.split_once("//") else { return (url.to_owned(), None) };
    // To them a user and a password are what stands before an @ without a slash in it.
    let credentials = rest.split_once('@').filter(|(before, _)| !before.contains('/'));
    let (credentials, place) = credentials.unwrap_or(("", rest));
    let password = credentials.split_once(':').map(|(_, password)| password);
    let user = match credentials.split(':').next() {
        None | Some("") => String::new(),
        Some(user) => format!("{user}@"),
    };
    let (place, query) = place.split_once('?').unwrap_or((place, ""));
    let in_query = query.split('&').find_map(|option| option.strip_prefix("password="));
    let is_other = |option: &&str| !option.is_empty() && !option.starts_with("password=");
    let others: Vec<&str> = query.split('&').filter(is_other).collect();
    let query = if others.is_empty() { String::new() } else { format!("?{}", others.join("&")) };
    let decoded = |text| OsString::from_vec(percent_decode_str(text).collect());
    (format!("{scheme}//{user}{place}{query}"), in_query.or(password).map(decoded))
}

#[cfg(test)]
mod tests;
