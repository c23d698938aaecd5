//! Log lines, to stderr. Written on a thread of their own, so that a slow terminal never holds a request up.

use std::{env, io::IsTerminal, str::FromStr};

use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use crate::{Failure, cli::LogFormat};

/// Names the least level of log lines.
const LEVEL: &str = "KORTTI_LOG_LEVEL";

/// Starts logging; it ends when the guard is dropped.
///
/// # Errors
/// When the environment names a level that there is not.
pub fn start(form: Option<LogFormat>) -> Result<WorkerGuard, Failure> {
    let filter = filter(env::var_os(LEVEL).unwrap_or_default().to_str())?;
    let (writer, guard) = tracing_appender::non_blocking(std::io::stderr());
    let terminal = std::io::stderr().is_terminal();
    let form = form.unwrap_or(if terminal { LogFormat::Text } else { LogFormat::Json });
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).with_target(false);
    match form {
        LogFormat::Text => builder.with_ansi(terminal).init(),
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).init(),
    }
    Ok(guard)
}

/// Which lines are written. A word that is no level would be taken for a part of the program, and silence all others.
fn filter(wanted: Option<&str>) -> Result<EnvFilter, Failure> {
    let wrong = || {
        Failure::new(format!("{LEVEL} must be error, warn, info, debug, trace or off, or `part=level, …`"))
    };
    let wanted = match wanted.ok_or_else(wrong)?.trim() {
        "" => "info",
        wanted => wanted,
    };
    // The parser takes a space for a part of a name.
    let parts: Vec<&str> = wanted.split(',').map(str::trim).collect();
    let is_directive = |part: &&str| part.contains('=') || LevelFilter::from_str(part).is_ok();
    if parts.iter().any(|part| part.is_empty() || !is_directive(part)) {
        return Err(wrong());
    }
    EnvFilter::builder().parse(parts.join(",")).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::filter;

    #[test]
    fn level_is_known_or_refused_and_empty_is_the_default() {
        for (wanted, means) in [
            ("", "info"),
            (" ", "info"),
            ("debug", "debug"),
            ("WARN", "warn"),
            ("off", "off"),
            ("kortti_ledger=debug,warn", "kortti_ledger=debug,warn"),
            ("kortti_ledger=debug, warn", "kortti_ledger=debug,warn"),
            ("info, kortti_ledger=debug", "kortti_ledger=debug,info"),
        ] {
            assert_eq!(filter(Some(wanted)).unwrap().to_string(), means, "{wanted}");
        }
        for wanted in [Some("verbose"), Some("info,verbose"), Some("kortti=verbose"), Some(","), None] {
            let said = filter(wanted).unwrap_err().to_string();
            assert!(said.contains("KORTTI_LOG_LEVEL must be error, warn"), "{said}");
        }
    }
}
