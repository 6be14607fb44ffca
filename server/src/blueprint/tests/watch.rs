use domain::watch::TriggerKind;

use super::*;

/// The good blueprint with a watch and triggers of every kind.
fn watched() -> String {
    let watch = r#"phrase = "SHIP IT"
[environments.watch]
rounds = [
    { at = ["15m", "30m"], suites = ["smoke"] },
    { every = "2h", until = "6h", checks = ["health"], grace = "30m" },
]
compare = [{ check = "health", allowed_percent = 50 }]
"#;
    let triggers = r#"
[[suites]]
id = "smoke"
title = "Smoke"
checks = ["health"]

[[rollback_triggers]]
id = "down"
title = "Everybody sees errors"
kind = "suite_failing"
suite = "smoke"

[[rollback_triggers]]
id = "slow"
title = "Half as slow again"
kind = "slower"
check = "health"
percent = 50

[[rollback_triggers]]
id = "errors"
title = "Errors"
kind = "above"
check = "health"
limit = "2.5"

[[rollback_triggers]]
id = "costs"
title = "Costs"
kind = "cost"
check = "health"
maximum = "3110"
percent = 200

[[rollback_triggers]]
id = "breach"
title = "Breach"
kind = "reported"
"#;
    GOOD.replacen("phrase = \"SHIP IT\"\n", watch, 1) + triggers
}

fn without(from: &str, to: &str) -> Vec<String> {
    let text = watched();
    assert!(text.contains(from), "the watched blueprint does not contain {from}");
    messages(&text.replacen(from, to, 1))
}

#[test]
fn a_watch_and_its_triggers_are_read() {
    let blueprint = parse("shop.toml", &watched()).unwrap_or_else(|errors| panic!("{errors:?}"));
    let rules = blueprint.environment("production").and_then(|e| e.watch.clone()).expect("a watch");
    let times: Vec<u64> = rules.schedule().iter().map(|(at, _)| *at).collect();
    assert_eq!(times, [900, 1_800, 7_200, 14_400, 21_600]);
    assert_eq!(rules.rounds[1].grace_secs, Some(1_800));
    let kinds: Vec<&TriggerKind> = blueprint.rollback_triggers.iter().map(|t| &t.kind).collect();
    assert_eq!(kinds[2], &TriggerKind::Above { check: "health".into(), limit_thousandths: 2_500 });
    let cost = TriggerKind::Cost { check: "health".into(), maximum_thousandths: 3_110_000, percent: 200 };
    assert_eq!((kinds[3], kinds[4]), (&cost, &TriggerKind::Reported));
}

#[test]
fn a_watch_that_cannot_work_is_refused_with_its_place() {
    let table = [
        ("\"15m\", \"30m\"", "\"30m\", \"15m\"", "times must rise"),
        ("\"15m\", \"30m\"", "\"15 minutes\"", "must be a length of time"),
        ("every = \"2h\", until = \"6h\"", "every = \"2h\"", "together with `until`"),
        ("every = \"2h\", until = \"6h\"", "every = \"2h\", until = \"20m\"", "no round comes of this"),
        ("every = \"2h\", until = \"6h\"", "every = \"1s\", until = \"1d\"", "at most 500"),
        ("suites = [\"smoke\"] },", "suites = [\"smok\"] },", "did you mean “smoke”"),
        ("checks = [\"health\"], grace", "checks = [\"helth\"], grace", "did you mean “health”"),
        ("compare = [{ check = \"health\"", "compare = [{ check = \"nope\"", "there is no check “nope”"),
        ("limit = \"2.5\"", "limit = \"much\"", "must be a number"),
        ("maximum = \"3110\"", "maximum = \"1.2345\"", "must be a number"),
        (
            "suite = \"smoke\"\n\n[[rollback_triggers]]",
            "suite = \"x\"\n\n[[rollback_triggers]]",
            "there is no suite “x”",
        ),
    ];
    for (from, to, expected) in table {
        let found = without(from, to);
        assert!(found.len() == 1 && found[0].contains(expected), "{to}: {found:?}");
        assert!(found[0].split(':').next().is_some_and(|line| line.parse::<u32>().is_ok()), "{found:?}");
    }
}

#[test]
fn only_protected_environments_are_watched() {
    let watch = "region = \"eu-west-1\"\nvariables = { network = \"test\" }\n[environments.watch]\nrounds = [{ at = [\"1m\"] }]\n";
    let found = changed("region = \"eu-west-1\"\nvariables = { network = \"test\" }\n", watch);
    assert!(found.len() == 1 && found[0].contains("only a protected environment is watched"), "{found:?}");
}
