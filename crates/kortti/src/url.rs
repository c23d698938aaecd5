//! The URL of a database, taken apart: what may be shown of it.

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

#[cfg(test)]
mod tests;
