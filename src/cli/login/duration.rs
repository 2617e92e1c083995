//! A length of time as people write it: `90`, `90s`, `10m`, `1h`.

use std::time::Duration;

/// Reads a length of time for the command line.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(end) => text.split_at(end),
        None => (text, "s"),
    };
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err("write a number of seconds, or for example 90s, 10m, 1h".into()),
    };
    match number.parse::<u32>() {
        Ok(number) if number > 0 => Ok(Duration::from_secs(u64::from(number) * seconds)),
        _ => Err("it must be longer than nothing".into()),
    }
}

/// Words for a length of time.
pub(super) fn words(duration: Duration) -> String {
    match duration.as_secs() {
        60 => "1 minute".into(),
        seconds if seconds % 60 == 0 => format!("{} minutes", seconds / 60),
        1 => "1 second".into(),
        seconds => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_and_told() {
        let told = |text: &str| parse(text).map(words);
        assert_eq!(told("90").as_deref(), Ok("90 seconds"));
        assert_eq!(told("10m").as_deref(), Ok("10 minutes"));
        assert_eq!(told("60s").as_deref(), Ok("1 minute"));
        assert_eq!(told("1h").as_deref(), Ok("60 minutes"));
        for wrong in ["", "0", "m", "-1", "1.5m", "10 m", "1d"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
