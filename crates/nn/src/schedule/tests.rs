use super::*;

fn schedule(text: &str) -> Schedule {
    text.parse().unwrap()
}

/// Multipliers of PyTorch's schedules, by `tests/reference/make.py`.
#[test]
fn multipliers_are_pytorchs() {
    let text = include_str!("../../tests/reference/schedules.json");
    let cases: Vec<(String, Vec<f64>)> = serde_json::from_str(text).unwrap();
    assert_eq!(cases.len(), 11);
    for (text, expected) in cases {
        let schedule = schedule(&text);
        for (step, expected) in expected.iter().enumerate() {
            let found = schedule.multiplier(step as u64, 40);
            assert!(
                (found - expected).abs() <= 1e-12 * expected.abs().max(1e-3),
                "{text}, step {step}: {found} instead of {expected}"
            );
        }
    }
}

#[test]
fn texts_come_back() {
    for text in [
        "constant",
        "step:10:0.5",
        "exponential:0.999",
        "cosine",
        "cosine:0.01",
        "one-cycle:10",
        "warmup:500",
        "warmup:500+step:3:0.1",
        "warmup:500+cosine",
    ] {
        assert_eq!(schedule(text).to_string(), text);
        let json = serde_json::to_string(&schedule(text)).unwrap();
        assert_eq!(json, format!("{text:?}"));
        assert_eq!(serde_json::from_str::<Schedule>(&json).unwrap(), schedule(text));
    }
    assert_eq!(
        schedule(" Warmup:5 + One_Cycle:3 "),
        schedule("warmup:5+one-cycle:3")
    );
    assert_eq!(schedule("warmup:0+constant"), Schedule::default());
    assert_eq!(schedule("cosine:0").to_string(), "cosine");
}

#[test]
fn what_is_wrong_is_named() {
    for (text, problem) in [
        ("", "a name is missing"),
        ("linear", "unknown schedule \"linear\""),
        ("step:10", "expected step:EVERY:FACTOR"),
        ("constant:1", "expected constant"),
        ("exponential", "expected exponential:FACTOR"),
        ("warmup", "expected warmup:STEPS"),
        ("warmups:5", "expected warmup:STEPS"),
        ("cosine:1:2", "expected cosine:FINAL"),
        ("step:0:0.5", "EVERY must be at least 1 step"),
        (
            "step:2.5:0.5",
            "EVERY is \"2.5\"; it must be a whole number of steps",
        ),
        (
            "step:-1:0.5",
            "EVERY is \"-1\"; it must be a whole number of steps",
        ),
        ("step:1:x", "FACTOR is \"x\"; it must be a number"),
        ("step:1:0", "FACTOR must be more than 0, and at most 1"),
        ("exponential:1.1", "FACTOR must be more than 0, and at most 1"),
        ("exponential:nan", "FACTOR must be more than 0, and at most 1"),
        ("cosine:-0.1", "FINAL must be from 0 to 1"),
        (
            "one-cycle:0.5",
            "PEAK must be from 1 to 1000000, a multiple of the learning rate",
        ),
        (
            "one-cycle:inf",
            "PEAK must be from 1 to 1000000, a multiple of the learning rate",
        ),
        ("cosine+warmup:5", "only warmup:STEPS may precede a +"),
        ("warmup:5+warmup:5", "a schedule has one warm-up, at its start"),
        ("warmup:5+", "a name is missing"),
        (
            "warmup:18446744073709551615",
            "STEPS of the warm-up must be a smaller number",
        ),
    ] {
        let message = text.parse::<Schedule>().unwrap_err().to_string();
        assert!(
            message.starts_with(&format!(
                "schedule {text:?}: {problem}; schedules are constant, step:"
            )),
            "{message}"
        );
    }
    assert!(serde_json::from_str::<Schedule>("\"cosine:2\"").is_err());
}

#[test]
fn every_multiplier_is_finite_and_not_above_the_highest() {
    for text in [
        "constant",
        "step:3:0.1",
        "exponential:0.5",
        "cosine:0.3",
        "one-cycle:7",
        "warmup:4+one-cycle:7",
    ] {
        let schedule = schedule(text);
        for steps in [0, 1, 2, 3, 4, 5, 6, 7, 10, 1000, u64::MAX] {
            for step in (0..30).chain([999, 1000, 1001, 1 << 40, u64::MAX]) {
                let found = schedule.multiplier(step, steps);
                assert!(
                    (0.0..=schedule.highest()).contains(&found),
                    "{text}, step {step} of {steps}: {found}"
                );
            }
        }
    }
}
