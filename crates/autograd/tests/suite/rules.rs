//! `docs/rules.md` is printed from the table of operations, and must not be older than it.

use latents_autograd::catalogue::{Entry, pointwise};
use std::fmt::Write;

const HEAD: &str = "\
# The rules of the pointwise operations

Printed from the rows of `crates/autograd/src/ops/pointwise.rs`; do not edit. `LATENTS_RENEW=1 cargo test -p
latents-autograd --test suite rules` writes it anew. `y` is the result and `g` its gradient; comparisons
are 1 or 0, and `choose(c, a, b)` is `a` where `c` is not 0, else `b`.

| operation | formula | gradient |
|---|---|---|
";

fn row(entry: &Entry) -> String {
    let gradient = |&place: &usize| format!("{}: `{}`", entry.operands[place], (entry.rule)(place));
    let gradients: Vec<String> = entry.ruled.iter().map(gradient).collect();
    let operands = entry.operands.join(", ");
    let formula = (entry.formula)();
    format!(
        "| `{}({operands})` | `{formula}` | {} |\n",
        entry.method,
        gradients.join("<br>")
    )
}

#[test]
fn the_table_of_rules_is_current() {
    let mut table = HEAD.to_owned();
    for entry in pointwise().into_iter().flatten() {
        table.write_str(&row(entry)).unwrap();
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rules.md");
    if std::env::var_os("LATENTS_RENEW").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == table,
        "docs/rules.md is stale; LATENTS_RENEW=1 renews it. It should be:\n{table}"
    );
}
