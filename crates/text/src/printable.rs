//! Printing of untrusted text, and lists of words.

/// Returns `text` on one line, without characters that control a terminal or that XML and HTML forbid: line breaks and tabs
/// become spaces, the others U+FFFD.
///
/// Use it wherever untrusted text is shown: in tables of the command, in the page of a run, in its charts.
///
/// ```
/// assert_eq!(latents_text::printable("\u{1b}[31mred\tink"), "\u{FFFD}[31mred ink");
/// ```
pub fn printable(text: &str) -> String {
    text.chars().map(shown).collect()
}

fn shown(character: char) -> char {
    match character {
        '\n' | '\t' => ' ',
        '\u{FFFE}' | '\u{FFFF}' => '\u{FFFD}',
        _ if character.is_control() => '\u{FFFD}',
        _ => character,
    }
}

/// Words as a sentence lists them: `a`, `a or b`, `a, b or c`.
/// Joins words to a list as in a sentence: `a`, `a or b`, `a, b or c`.
/// ```
/// assert_eq!(latents_text::list(["PNG", "JPEG", "CSV"], "or"), "PNG, JPEG or CSV");
/// ```
pub fn list(words: impl IntoIterator<Item = impl Into<String>>, conjunction: &str) -> String {
    let mut words: Vec<String> = words.into_iter().map(Into::into).collect();
    match words.pop() {
        None => String::new(),
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} {conjunction} {last}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal_or_breaks_xml() {
        let text: String = (0..0x110000u32).filter_map(char::from_u32).collect();
        let shown = printable(&text);
        assert_eq!(shown.chars().count(), text.chars().count());
        assert!(
            !shown
                .chars()
                .any(|c| c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}'))
        );
        assert_eq!(printable("é — 漢字 🙂"), "é — 漢字 🙂");
    }

    #[test]
    fn lists_of_any_length() {
        assert_eq!(list([""; 0], "or"), "");
        assert_eq!(list(["a"], "or"), "a");
        assert_eq!(list(["a", "b"], "and"), "a and b");
    }
}
