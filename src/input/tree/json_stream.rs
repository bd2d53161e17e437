//! Streams of JSON values, as `jq .items[]`, `jq -c` and `cat *.json` write them: no YAML, but easily cut into YAML.

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece<'a> {
    pub(crate) text: &'a str,
    /// Lines before it.
    pub(crate) line: usize,
    /// Characters before it in its line.
    pub(crate) column: usize,
}

impl<'a> Piece<'a> {
    /// The whole of a text.
    pub(crate) fn whole(text: &'a str) -> Self {
        Self { text, line: 0, column: 0 }
    }
}

/// Cuts `text` wherever something follows a JSON object or array at the top level.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut cuts = vec![0];
    let mut at = 0;
    while let Some(start) = next_value(text, at) {
        let Some(end) = end_of_value(text, start) else { break };
        let next = end + spaces(&text[end..]);
        let rest = &text[next..];
        if rest.is_empty() || rest.starts_with(':') {
            break;
        }
        if !is_marker(rest) {
            cuts.push(next);
        }
        at = next;
    }
    let ends = cuts.iter().skip(1).copied().chain([text.len()]);
    let (mut line, mut column) = (0, 0);
    let piece = |(start, end): (usize, usize)| {
        let piece = Piece { text: &text[start..end], line, column };
        let last = piece.text.rsplit('\n').next().unwrap_or("").chars().count();
        let lines = piece.text.matches('\n').count();
        column = if lines == 0 { column + last } else { last };
        line += lines;
        piece
    };
    cuts.iter().copied().zip(ends).map(piece).collect()
}

/// The JSON object or array that the document at `from`, or the next one that begins with one, begins with.
fn next_value(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += spaces(&text[at..]);
        let rest = &text[at..];
        if rest.starts_with(['{', '[']) {
            return Some(at);
        }
        if is_marker(rest) {
            at += 3;
            continue;
        }
        // A document in YAML's own form ends at the next marker.
        at += rest.find("\n---")? + 1;
    }
}

/// Bytes of white space and comments.
fn spaces(text: &str) -> usize {
    let mut rest = text.trim_start();
    while rest.starts_with('#') {
        rest = rest.find('\n').map_or("", |end| rest[end..].trim_start());
    }
    text.len() - rest.len()
}

fn is_marker(rest: &str) -> bool {
    rest.starts_with("---") || rest.starts_with("...")
}

/// Where the brackets that open at `start` are closed again; strings are passed over.
fn end_of_value(text: &str, start: usize) -> Option<usize> {
    let (mut open, mut in_string, mut escaped) = (0_usize, false, false);
    for (offset, byte) in text.as_bytes()[start..].iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => open += 1,
            b'}' | b']' if !in_string => {
                open -= 1;
                if open == 0 {
                    return Some(start + offset + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<(&str, usize, usize)> {
        pieces(text).into_iter().map(|piece| (piece.text, piece.line, piece.column)).collect()
    }

    #[test]
    fn values_in_a_row_are_cut_apart() {
        assert_eq!(cut("{\"a\": 1}\n{\"a\": 2}\n"), [("{\"a\": 1}\n", 0, 0), ("{\"a\": 2}\n", 1, 0)]);
        assert_eq!(cut("{} [1]\n {}"), [("{} ", 0, 0), ("[1]\n ", 0, 3), ("{}", 1, 1)]);
        assert_eq!(cut("{\"é\": \"}{\\\"\"}{}"), [("{\"é\": \"}{\\\"\"}", 0, 0), ("{}", 0, 13)]);
        assert_eq!(cut("a: 1\n---\n{}\n{}\n---\nb: 2\n").len(), 2);
        assert_eq!(cut("{}\nkind: b\n"), [("{}\n", 0, 0), ("kind: b\n", 1, 0)]);
    }

    #[test]
    fn what_is_yaml_stays_whole() {
        for text in ["", "a: 1\n", "{a: 1}", "{a: 1}: b", "{}\n---\n{}\n", "# only\n", "{", "]", "{} # end\n"] {
            assert_eq!(cut(text), [(text, 0, 0)], "{text}");
        }
    }
}
