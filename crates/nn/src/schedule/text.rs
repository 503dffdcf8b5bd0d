//! Schedules as text.

use super::*;
use latents_text::number::exact;

/// The error for a text that is not a schedule, or that has a number outside its range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "schedule {given:?}: {problem}; schedules are constant, step:EVERY:FACTOR, exponential:FACTOR, cosine, \
     cosine:FINAL, one-cycle:PEAK, and any of them after warmup:STEPS+, as in warmup:500+cosine"
)]
pub struct InvalidSchedule {
    /// The text that was given.
    pub given: String,
    /// What is wrong with it.
    pub problem: String,
}

impl FromStr for Schedule {
    type Err = InvalidSchedule;

    fn from_str(text: &str) -> Result<Self, InvalidSchedule> {
        let wrong = |problem| InvalidSchedule {
            given: text.to_owned(),
            problem,
        };
        let schedule = parse(text).map_err(wrong)?;
        // Quote the text as it was typed, not as it would be printed.
        schedule.check().map_err(|error| wrong(error.problem))?;
        Ok(schedule)
    }
}

fn parse(text: &str) -> Result<Schedule, String> {
    let text = text.trim().to_lowercase().replace('_', "-");
    let (first, second) = match text.split_once('+') {
        Some((first, second)) => (first, Some(second)),
        None => (text.as_str(), None),
    };
    match (first.trim().strip_prefix("warmup"), second) {
        (Some(rest), second) => {
            let [steps] = numbers("warmup", rest, ["STEPS"])?;
            Ok(Schedule {
                warmup: whole(steps, "STEPS")?,
                decay: second.map_or(Ok(Decay::Constant), decay)?,
            })
        }
        (None, None) => Ok(Schedule {
            warmup: 0,
            decay: decay(first)?,
        }),
        (None, Some(_)) => Err("only warmup:STEPS may precede a +".to_owned()),
    }
}

fn decay(text: &str) -> Result<Decay, String> {
    let text = text.trim();
    let (name, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
    Ok(match name {
        "constant" => {
            let [] = numbers(name, rest, [])?;
            Decay::Constant
        }
        "step" => {
            let [every, factor] = numbers(name, rest, ["EVERY", "FACTOR"])?;
            Decay::Step {
                every: whole(every, "EVERY")?,
                factor: number(factor, "FACTOR")?,
            }
        }
        "exponential" => {
            let [factor] = numbers(name, rest, ["FACTOR"])?;
            Decay::Exponential {
                factor: number(factor, "FACTOR")?,
            }
        }
        "cosine" if rest.is_empty() => Decay::Cosine { end: 0.0 },
        "cosine" => {
            let [end] = numbers(name, rest, ["FINAL"])?;
            Decay::Cosine {
                end: number(end, "FINAL")?,
            }
        }
        "one-cycle" => {
            let [peak] = numbers(name, rest, ["PEAK"])?;
            Decay::OneCycle {
                peak: number(peak, "PEAK")?,
            }
        }
        "" => return Err("a name is missing".to_owned()),
        "warmup" => return Err("a schedule has one warm-up, at its start".to_owned()),
        _ => return Err(format!("unknown schedule {name:?}")),
    })
}

/// Splits the texts after a name; their number must be that of `wanted`.
fn numbers<'a, const N: usize>(name: &str, rest: &'a str, wanted: [&str; N]) -> Result<[&'a str; N], String> {
    let found: Vec<&str> = rest.split(':').skip(1).collect();
    let form = || {
        wanted
            .iter()
            .fold(name.to_owned(), |form, part| form + ":" + part)
    };
    let odd = !rest.is_empty() && !rest.starts_with(':');
    match found.try_into() {
        Ok(found) if !odd => Ok(found),
        _ => Err(format!("expected {}", form())),
    }
}

fn whole(text: &str, part: &str) -> Result<u64, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("{part} is {text:?}; it must be a whole number of steps"))
}

fn number(text: &str, part: &str) -> Result<f64, String> {
    text.trim()
        .parse()
        .map_err(|_| format!("{part} is {text:?}; it must be a number"))
}

/// The text that [`FromStr`] reads back.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.warmup, self.decay) {
            (0, decay) => write!(f, "{decay}"),
            (steps, Decay::Constant) => write!(f, "warmup:{steps}"),
            (steps, decay) => write!(f, "warmup:{steps}+{decay}"),
        }
    }
}

impl fmt::Display for Decay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant => f.write_str("constant"),
            Self::Step { every, factor } => write!(f, "step:{every}:{}", exact(*factor)),
            Self::Exponential { factor } => write!(f, "exponential:{}", exact(*factor)),
            Self::Cosine { end: 0.0 } => f.write_str("cosine"),
            Self::Cosine { end } => write!(f, "cosine:{}", exact(*end)),
            Self::OneCycle { peak } => write!(f, "one-cycle:{}", exact(*peak)),
        }
    }
}

impl TryFrom<String> for Schedule {
    type Error = InvalidSchedule;

    fn try_from(text: String) -> Result<Self, InvalidSchedule> {
        text.parse()
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.to_string()
    }
}
