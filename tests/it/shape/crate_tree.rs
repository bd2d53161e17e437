//! The production code of a crate as a tree of modules; `#[cfg(test)]` items are removed wherever they stand.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit_mut::{self, VisitMut};
use syn::{Attribute, File, Item};

use super::names::{Found, Named, named};

/// Source text by its path below the source folder, such as `k8s/mod.rs`.
pub(super) type Sources = BTreeMap<String, String>;

/// A path in code, such as `["crate", "k8s", "objects"]`.
pub(super) type Names = Vec<String>;

pub(super) struct Module {
    /// Names from the crate's root, which has none.
    pub path: Names,
    /// Path below the source folder.
    pub file: String,
    /// The production part, with positions of the original text.
    pub code: File,
    /// Modules in files of their own with the number of their group: an empty line begins another group.
    pub children: BTreeMap<String, usize>,
    /// Names that `use` brings into the module, with what they stand for.
    pub imported: BTreeMap<String, Names>,
    /// Paths that the code names, re-exports left out.
    pub uses: Vec<Named>,
    /// Paths of re-exports.
    pub passed_on: Vec<Named>,
}

/// All modules that `lib.rs` reaches, in order of their paths, except those for tests alone.
pub(super) struct CrateTree {
    pub modules: BTreeMap<Names, Module>,
}

impl CrateTree {
    pub(super) fn of(sources: &Sources) -> Self {
        let mut tree = Self { modules: BTreeMap::new() };
        tree.add(sources, Vec::new(), "lib.rs");
        tree
    }

    fn add(&mut self, sources: &Sources, path: Names, file: &str) {
        let text = sources.get(file).unwrap_or_else(|| panic!("there is no {file}"));
        let mut code = syn::parse_file(text).unwrap_or_else(|error| panic!("{file}: {error}"));
        WithoutTests.visit_file_mut(&mut code);
        for child in declared(&code).collect::<Vec<_>>() {
            let folder = file.strip_suffix("mod.rs").or(file.strip_suffix("lib.rs"));
            let folder = folder.map_or_else(|| format!("{}/", file.trim_end_matches(".rs")), str::to_owned);
            let place = [format!("{folder}{child}.rs"), format!("{folder}{child}/mod.rs")];
            let place = place.iter().find(|place| sources.contains_key(*place));
            let place = place.unwrap_or_else(|| panic!("{file}: no file for mod {child}"));
            self.add(sources, [path.clone(), vec![child]].concat(), place);
        }
        let Found { imported, uses, passed_on } = named(&code);
        let children = groups(&code);
        let file = file.to_owned();
        self.modules.insert(path.clone(), Module { path, file, code, children, imported, uses, passed_on });
    }
}

/// Modules in files of their own.
fn declared(code: &File) -> impl Iterator<Item = String> + '_ {
    code.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() => Some(module.ident.to_string()),
        _ => None,
    })
}

/// The modules that `code` declares, by group.
fn groups(code: &File) -> BTreeMap<String, usize> {
    let (mut group, mut last_line) = (0, 0);
    let mut found = BTreeMap::new();
    for item in &code.items {
        if let Item::Mod(module) = item
            && module.content.is_none()
        {
            group += usize::from(item.span().start().line > last_line + 1);
            last_line = item.span().end().line;
            found.insert(module.ident.to_string(), group);
        }
    }
    found
}

struct WithoutTests;

impl VisitMut for WithoutTests {
    fn visit_file_mut(&mut self, file: &mut File) {
        file.items.retain(|item| !for_tests(&attributes(item)));
        visit_mut::visit_file_mut(self, file);
    }

    fn visit_item_mod_mut(&mut self, module: &mut syn::ItemMod) {
        if let Some((_, items)) = &mut module.content {
            items.retain(|item| !for_tests(&attributes(item)));
        }
        visit_mut::visit_item_mod_mut(self, module);
    }

    fn visit_item_impl_mut(&mut self, block: &mut syn::ItemImpl) {
        block.items.retain(|item| !for_tests(&attributes(item)));
        visit_mut::visit_item_impl_mut(self, block);
    }

    fn visit_block_mut(&mut self, block: &mut syn::Block) {
        block.stmts.retain(|statement| !for_tests(&attributes(statement)));
        visit_mut::visit_block_mut(self, block);
    }
}

/// The attributes that stand before an item or a statement of any kind.
fn attributes(of: &impl ToTokens) -> Vec<Attribute> {
    let mut leading = TokenStream::new();
    let mut tokens = of.to_token_stream().into_iter();
    while let (Some(TokenTree::Punct(sign)), Some(group)) = (tokens.next(), tokens.next()) {
        if sign.as_char() != '#' {
            break;
        }
        leading.extend([TokenTree::Punct(sign), group]);
    }
    syn::parse::Parser::parse2(Attribute::parse_outer, leading).unwrap_or_default()
}

fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => needs_tests(list.tokens.clone()),
        meta => meta.path().is_ident("test"),
    })
}

/// Whether a condition such as `all(test, unix)` holds in tests only.
fn needs_tests(condition: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = condition.into_iter().collect();
    tokens.iter().enumerate().any(|(at, token)| match token {
        TokenTree::Ident(word) => word == "test",
        TokenTree::Group(group) => {
            // `not(test)` is production code, and `any(test, feature = "x")` may be.
            let all = at > 0 && tokens[at - 1].to_string() == "all";
            all && needs_tests(group.stream())
        }
        _ => false,
    })
}

/// Every Rust file below `folder`.
pub(super) fn sources(folder: &Path) -> Sources {
    let mut found = Sources::new();
    collect(folder, folder, &mut found);
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Sources) {
    for entry in fs::read_dir(folder).expect("a source folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).expect("below the root").to_str().expect("a plain name");
            found.insert(name.replace('\\', "/"), fs::read_to_string(&path).expect("a readable source file"));
        }
    }
}
