//! Markdown as the comments of GitHub and GitLab show it.

/// A table. `alignment` has a letter for each column: `l` for left, `r` for right.
#[must_use]
pub fn table(heads: &[&str], alignment: &str, rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut text = line(heads.iter().map(|head| cell(head)).collect());
    let rule = |letter: char| if letter == 'r' { "---:".to_owned() } else { "---".to_owned() };
    text.push_str(&line(alignment.chars().map(rule).collect()));
    rows.iter().for_each(|row| text.push_str(&line(row.iter().map(|text| cell(text)).collect())));
    text
}

/// Text of a cell: a bar would end it, and so would a line's end.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// `text` as code, whatever is in it; nothing where it is only a dash.
#[must_use]
pub fn code(text: &str) -> String {
    match text {
        "" | "–" => text.to_owned(),
        // A backtick would end the code.
        _ => format!("`{}`", text.replace('`', "'")),
    }
}

/// `text` without the meaning that Markdown and HTML give to some characters, so that no name in a manifest makes a link, an
/// image or an element.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            // A name with an @ would notify a person.
            '@' => safe.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                safe.push('\\');
                safe.push(letter);
            }
            '\n' | '\r' => safe.push(' '),
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_is_markup() {
        assert_eq!(escaped("a_b <img src=x> [l](u) @me"), "a\\_b &lt;img src=x&gt; \\[l\\](u) &#64;me");
        assert_eq!(code("a`b"), "`a'b`");
        assert_eq!(
            table(&["", "x|y"], "lr", &[vec!["a".into(), "b\nc".into()]]),
            "|  | x\\|y |\n| --- | ---: |\n| a | b c |\n"
        );
    }
}
