//! Forms of names (`apimachinery/pkg/util/validation/validation.go`).

use super::require::string;
use crate::input::tree::error::{InputError, quoted};
use crate::input::tree::yaml::{At, Node};

/// A form that a name must have.
#[derive(Clone, Copy)]
pub(super) enum Name {
    /// A DNS-1123 subdomain.
    Subdomain,
    /// A DNS-1123 label.
    Label,
    /// The key of a label or an annotation.
    Key,
    /// The value of a label.
    LabelValue,
    /// The name of a port.
    Port,
}

impl Name {
    pub(super) fn check(self, node: &Node, path: &str) -> Result<(), InputError> {
        self.check_text(string(node, path)?, &node.at, path)
    }

    pub(super) fn check_text(self, text: &str, at: &At, path: &str) -> Result<(), InputError> {
        if self.fits(text) {
            return Ok(());
        }
        Err(at.error(format!("{path} is {}, which the API server refuses: write {}", quoted(text), self.form())))
    }

    fn fits(self, text: &str) -> bool {
        match self {
            Self::Subdomain => text.len() <= 253 && text.split('.').all(is_dns_label),
            Self::Label => text.len() <= 63 && is_dns_label(text),
            Self::Key => match text.split_once('/') {
                Some((prefix, name)) => Self::Subdomain.fits(prefix) && is_qualified(name),
                None => is_qualified(text),
            },
            Self::LabelValue => text.is_empty() || is_qualified(text),
            Self::Port => {
                text.len() <= 15
                    && is_dns_label(text)
                    && !text.contains("--")
                    && text.bytes().any(|byte| byte.is_ascii_lowercase())
            }
        }
    }

    const fn form(self) -> &'static str {
        match self {
            Self::Subdomain => "at most 253 of a-z, 0-9, `-` and `.`, a letter or digit first and last",
            Self::Label => "at most 63 of a-z, 0-9 and `-`, a letter or digit first and last",
            Self::Key => {
                "at most 63 letters, digits, `-`, `_` and `.`, a letter or digit first and last; before it, if anything, a \
                 domain and `/`"
            }
            Self::LabelValue => "at most 63 letters, digits, `-`, `_` and `.`, a letter or digit first and last",
            Self::Port => "at most 15 of a-z, 0-9 and `-`, at least one letter",
        }
    }
}

fn is_dns_label(text: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(good) && !text.starts_with('-') && !text.ends_with('-')
}

fn is_qualified(text: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.len() <= 63 && text.chars().all(good) && edge(text.chars().next()) && edge(text.chars().last())
}
