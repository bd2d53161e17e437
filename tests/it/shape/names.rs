//! The paths that code names, macros included: a file is read as tokens, because a parser does not look into macros.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{File, Item, ItemUse, UseTree, Visibility};

use super::crate_tree::Names;

/// A path and the line it stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub path: Names,
    pub line: usize,
}

/// The names that a file imports, and all paths that it names; a re-export by `pub use` is not a dependency of the
/// file.
pub(super) fn named(code: &File) -> Found {
    let mut found = Found { imported: BTreeMap::new(), uses: Vec::new(), passed_on: Vec::new() };
    for item in &code.items {
        match item {
            Item::Use(import) => found.import(import),
            item => found.scan(item.to_token_stream()),
        }
    }
    found
}

/// What a file names.
pub(super) struct Found {
    /// Names that `use` brings into the module, with what they stand for.
    pub imported: BTreeMap<String, Names>,
    /// Paths that the code names, re-exports left out.
    pub uses: Vec<Named>,
    /// Paths of re-exports.
    pub passed_on: Vec<Named>,
}

impl Found {
    fn import(&mut self, import: &ItemUse) {
        let passed_on = !matches!(import.vis, Visibility::Inherited);
        let mut paths = Vec::new();
        flatten(&import.tree, &mut Vec::new(), &mut paths);
        let line = import.use_token.span.start().line;
        for (path, name) in paths {
            let list = if passed_on { &mut self.passed_on } else { &mut self.uses };
            list.push(Named { path: path.clone(), line });
            self.imported.insert(name, path);
        }
    }

    /// Chains such as `a::b::c`, and the `use` statements within functions.
    fn scan(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        let mut chain: Option<Named> = None;
        let mut colons = 0;
        let mut within_use: Option<TokenStream> = None;
        while let Some(token) = tokens.next() {
            if let Some(statement) = &mut within_use {
                let ends = matches!(&token, TokenTree::Punct(sign) if sign.as_char() == ';');
                statement.extend([token]);
                if ends && let Ok(import) = syn::parse2::<ItemUse>(within_use.take().unwrap_or_default()) {
                    self.import(&import);
                }
                continue;
            }
            match token {
                TokenTree::Ident(word)
                    if word == "use"
                        && !matches!(tokens.peek(), Some(TokenTree::Punct(sign)) if sign.as_char() == '<') =>
                {
                    within_use = Some(TokenTree::Ident(word).into());
                }
                TokenTree::Ident(word) => {
                    let line = word.span().start().line;
                    match &mut chain {
                        Some(named) if colons == 2 => named.path.push(word.to_string()),
                        _ => {
                            self.uses.extend(chain.take());
                            if colons != 2 {
                                chain = Some(Named { path: vec![word.to_string()], line });
                            }
                        }
                    }
                    colons = 0;
                }
                TokenTree::Punct(sign) if sign.as_char() == ':' => colons += 1,
                token => {
                    self.uses.extend(chain.take());
                    colons = 0;
                    if let TokenTree::Group(group) = token {
                        self.scan(group.stream());
                    }
                }
            }
        }
        self.uses.extend(chain);
    }
}

/// Every path of a `use` tree, with the name that it defines.
fn flatten(tree: &UseTree, before: &mut Names, found: &mut Vec<(Names, String)>) {
    let with = |last: String| [before.clone(), vec![last]].concat();
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            flatten(&path.tree, before, found);
            before.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            found.push((before.clone(), before.last().cloned().unwrap_or_default()));
        }
        UseTree::Name(name) => found.push((with(name.ident.to_string()), name.ident.to_string())),
        UseTree::Rename(renamed) => {
            let path = if renamed.ident == "self" { before.clone() } else { with(renamed.ident.to_string()) };
            found.push((path, renamed.rename.to_string()));
        }
        UseTree::Glob(_) => found.push((with("*".into()), format!("{}::*", before.join("::")))),
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, before, found)),
    }
}
