//! The lists of variants in README and book are printed from the registry, and must not be older than it.
//!
//! `LATENTS_RENEW=1 cargo test -p latents-autoencoders --test suite tables` writes them anew.

use latents_autoencoders::{Registry, Variant};
use std::path::Path;

/// Replaces what stands between the two marks of the list.
fn with_list(text: &str, list: &str) -> Option<String> {
    let (begin, end) = (
        "<!-- variants: printed from the registry -->\n",
        "<!-- end of variants -->",
    );
    let (head, rest) = text.split_once(begin)?;
    let (_, tail) = rest.split_once(end)?;
    Some(format!("{head}{begin}{list}{end}{tail}"))
}

#[track_caller]
fn check(file: &str, list: String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    let found = std::fs::read_to_string(&path).unwrap();
    let current =
        with_list(&found, &list).unwrap_or_else(|| panic!("{file} has no marks for the list of variants"));
    if std::env::var_os("LATENTS_RENEW").is_some() {
        std::fs::write(&path, &current).unwrap();
    } else {
        assert!(
            found == current,
            "{file} is older than the registry; renew it with LATENTS_RENEW=1"
        );
    }
}

fn title(variant: &Variant) -> String {
    let kind = variant.kind();
    kind[..1].to_uppercase() + &kind[1..]
}

#[test]
fn the_lists_of_variants_are_current() {
    let registry = Registry::standard();
    let rows = |row: &dyn Fn(&Variant) -> String| registry.variants().map(row).collect::<String>();
    let readme = |variant: &Variant| {
        let kind = variant.kind();
        format!(
            "| [{kind}](docs/variants/{kind}.md) | {} |\n",
            variant.summary_text()
        )
    };
    check(
        "README.md",
        format!("| variant | learns |\n|---|---|\n{}", rows(&readme)),
    );
    let book = |variant: &Variant| {
        let kind = variant.kind();
        format!(
            "| [{kind}](variants/{kind}.md) | {} | {} |\n",
            variant.summary_text(),
            variant.paper_text()
        )
    };
    check(
        "docs/README.md",
        format!("| variant | learns | source |\n|---|---|---|\n{}", rows(&book)),
    );
    let summary = |variant: &Variant| format!("- [{}](variants/{}.md)\n", title(variant), variant.kind());
    check("docs/SUMMARY.md", rows(&summary));
}
