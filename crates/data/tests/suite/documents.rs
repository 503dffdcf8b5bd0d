//! The tables of formats and generators in documents are those of the lists.

use latents_data::{Form, formats, formats_help, formats_summary, formats_table, generators_table};
use std::fs;

#[test]
fn tables_are_up_to_date() {
    for (document, name, renewed) in [
        ("README.md", "formats", formats_table()),
        ("../../docs/data.md", "formats", formats_table()),
        ("../../docs/data.md", "generators", generators_table()),
    ] {
        let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
        let path = format!("{}/{document}", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(&path).unwrap();
        let (before, rest) = text.split_once(&start).expect("a start of the table");
        let (table, after) = rest.split_once(&end).expect("an end of the table");
        if table != renewed && std::env::var_os("LATENTS_RENEW").is_some() {
            fs::write(&path, format!("{before}{start}{renewed}{end}{after}")).unwrap();
            continue;
        }
        assert_eq!(table, renewed, "{document} is stale; LATENTS_RENEW=1 renews it");
    }
}

#[test]
fn names_and_extensions_are_of_one_format_each() {
    let mut names: Vec<&str> = formats().map(|format| format.name).collect();
    let mut extensions: Vec<&str> = formats().flat_map(|format| format.extensions).copied().collect();
    for list in [&mut names, &mut extensions] {
        let count = list.len();
        list.sort_unstable();
        list.dedup();
        assert_eq!(list.len(), count, "{list:?}");
    }
    assert!(
        extensions
            .iter()
            .all(|extension| extension.chars().all(|c| c.is_ascii_lowercase()))
    );
}

#[test]
fn features_are_those_of_the_manifest() {
    let manifest = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    for format in formats() {
        let Some(feature) = format.feature else { continue };
        assert!(manifest.contains(&format!("\n{feature} = [")), "{}", format.name);
    }
}

#[test]
fn every_format_is_named_in_the_summary_and_has_a_line_of_help() {
    let (summary, help) = (formats_summary(), formats_help());
    assert_eq!(help.lines().count(), formats().count());
    for format in formats() {
        assert!(summary.contains(format.name), "{}", format.name);
        assert!(help.contains(&format!("  {}", format.title())) && help.contains(format.help));
        assert_eq!(
            format.form() == Form::File,
            !format.extensions.is_empty(),
            "{}",
            format.name
        );
    }
}
