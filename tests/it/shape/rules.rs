//! The rules for production code, each as a list of faults with file and line.

use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};

use super::arrows::{Arrows, absolute, arrows, circles, circles_of_parts, defined_at};
use super::crate_tree::{CrateTree, Module, Names, Sources};
use super::names::Named;

/// Lines of the longest function that is allowed.
const LONGEST_FUNCTION: usize = 70;

/// Imports that the order of `lib.rs` would allow but that are forbidden.
const NEVER: &[(&str, &[&str])] = &[
    ("k8s", &["random", "engine", "distribution", "stats"]),
    ("stats", &["random", "engine"]),
    ("metrics", &["k8s", "random", "engine"]),
    ("analysis", &["sim", "engine", "random", "k8s"]),
    ("report", &["sim", "engine", "random", "sweep"]),
];

/// The results of these functions differ in the last digit from machine to machine; those of `libm` do not. Square
/// roots are exact everywhere.
const MATHEMATICS: &[&str] = &[
    "ln", "ln_1p", "log2", "log10", "exp", "exp2", "exp_m1", "powf", "powi", "sin", "cos", "tan", "sin_cos", "asin",
    "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "hypot", "cbrt", "mul_add", "ln_gamma",
];

/// Results must not depend on the order of a hash map, a clock, or a generator without a seed.
const VARIES: &[&str] = &["HashMap", "HashSet", "RandomState", "SystemTime", "thread_rng", "from_os_rng"];
/// The one module that may read the machine's clock: it stamps what comes from a real cluster.
const CLOCK: &[&str] = &["commands", "kubectl", "clock"];
const VARIES_CALLED: &[[&str; 2]] = &[["Instant", "now"], ["rand", "rng"], ["rand", "random"]];

/// The library that only the modules listed may use, because they round its results before they reach any output.
const STATRS: &str = "statrs";
const STATRS_ALLOWED: &[&str] = &["stats::fit"];

/// Every fault of the production code below the folder.
pub(super) fn faults(sources: &Sources) -> Vec<String> {
    let tree = CrateTree::of(sources);
    let mut found = layout(sources, &tree);
    found.extend(directions(&tree));
    for module in tree.modules.values() {
        found.extend(varying(module).chain(mathematics(module)).chain(statrs(module)));
        found.extend(long_functions(module));
    }
    found
}

/// No import of a module further down in a list of modules, and no circle of files or of the parts of any folder.
fn directions(tree: &CrateTree) -> Vec<String> {
    let arrows = arrows(tree);
    let mut found = Vec::new();
    let mentions = arrows.iter().map(|((from, to), line)| (from, to.clone(), *line));
    let passed_on = tree.modules.values().flat_map(|module| {
        let target = |named: &Named| Some((&module.path, defined_at(tree, module, &named.path)?, named.line));
        module.passed_on.iter().filter_map(target)
    });
    for (from, to, line) in mentions.chain(passed_on) {
        if let Some((upper, lower)) = against_the_list(tree, from, &to) {
            found.push(format!("{}:{line}: {upper} must not import {lower}", tree.modules[from].file));
        }
    }
    for module in tree.modules.values() {
        let Some(room) = module.path.first() else { continue };
        let never = NEVER.iter().filter(|(from, _)| from == room).flat_map(|(_, to)| *to);
        for named in module.uses.iter().chain(&module.passed_on) {
            let other = absolute(tree, module, &named.path).and_then(|path| path.first().cloned());
            if let Some(other) = other.filter(|other| never.clone().any(|name| name == other)) {
                found.push(format!("{}:{}: {room} must not import {other}", module.file, named.line));
            }
        }
    }
    let files = circles(&arrows);
    let parts = circles_of_parts(&arrows);
    found.extend(files.iter().map(|circle| format!("files in a circle: {}", circle_text(circle, &arrows))));
    let folders = parts.difference(&files);
    found.extend(folders.map(|circle| format!("parts in a circle: {}", circle_text(circle, &arrows))));
    found
}

/// The two parts of a folder of which `from` is in the upper and `to` in the lower one. A list of modules is in order of
/// dependency; modules between which there is no empty line may stand in any order.
fn against_the_list(tree: &CrateTree, from: &Names, to: &Names) -> Option<(String, String)> {
    let common = from.iter().zip(to).take_while(|(one, other)| one == other).count();
    let list = &tree.modules.get(&from[..common])?.children;
    let (upper, lower) = (list.get(from.get(common)?)?, list.get(to.get(common)?)?);
    (upper < lower).then(|| (from[..=common].join("::"), to[..=common].join("::")))
}

/// The members of a circle, and where each names another.
fn circle_text(circle: &BTreeSet<Names>, arrows: &Arrows) -> String {
    let text = |path: &Names| if path.is_empty() { "lib".to_owned() } else { path.join("::") };
    let part = |path: &Names| circle.iter().find(|part| path.starts_with(part)).cloned();
    let exact = |path: &Names| circle.contains(path);
    let whole_files = circle.iter().any(|path| arrows.keys().any(|(from, to)| from == path && exact(to)));
    let mut list = circle.iter().map(text).collect::<Vec<_>>().join(", ");
    for ((from, to), line) in arrows {
        let within = if whole_files {
            exact(from) && exact(to)
        } else {
            part(from).zip(part(to)).is_some_and(|(from, to)| from != to)
        };
        if within {
            list.push_str(&format!("\n    {} -> {} (line {line})", text(from), text(to)));
        }
    }
    list
}

/// A module with children is `x/mod.rs`, and test code stands in `tests.rs` or in `tests/`.
fn layout(sources: &Sources, tree: &CrateTree) -> Vec<String> {
    let mut found = Vec::new();
    let production: Vec<&str> = tree.modules.values().map(|module| module.file.as_str()).collect();
    for file in sources.keys() {
        let for_tests = file.split('/').any(|part| part == "tests" || part == "tests.rs");
        let is_program = file == "main.rs";
        match production.contains(&file.as_str()) {
            false if !for_tests && !is_program => {
                found.push(format!("{file}: code for tests alone is called tests.rs or stands in tests/"));
            }
            true if for_tests => found.push(format!("{file}: production code among tests")),
            _ => {}
        }
        let folder = format!("{}/", file.trim_end_matches(".rs"));
        if sources.keys().any(|other| other.starts_with(&folder)) {
            found.push(format!("{file}: a module with children is {folder}mod.rs"));
        }
    }
    found
}

fn varying(module: &Module) -> impl Iterator<Item = String> + '_ {
    let is_clock = module.path.iter().map(String::as_str).eq(CLOCK.iter().copied());
    module.uses.iter().filter(move |_| !is_clock).filter_map(move |named| {
        let word = named.path.iter().find(|word| VARIES.contains(&word.as_str())).cloned();
        let called = named.path.windows(2).find(|pair| VARIES_CALLED.iter().any(|call| call == pair));
        let word = word.or(called.map(|pair| pair.join("::")))?;
        Some(format!("{}:{}: {word} varies from run to run", module.file, named.line))
    })
}

fn statrs(module: &Module) -> impl Iterator<Item = String> + '_ {
    let path = module.path.join("::");
    let allowed = STATRS_ALLOWED.iter().any(|room| path.starts_with(room));
    let uses = module.uses.iter().filter(move |named| !allowed && named.path[0] == STATRS);
    uses.map(|named| format!("{}:{}: {STATRS} is for answers that are rounded", module.file, named.line))
}

fn mathematics(module: &Module) -> impl Iterator<Item = String> + '_ {
    let paths = module.uses.iter().filter_map(|named| match named.path.as_slice() {
        [.., number, name] if ["f32", "f64"].contains(&number.as_str()) && MATHEMATICS.contains(&name.as_str()) => {
            Some((name.clone(), named.line))
        }
        _ => None,
    });
    let mut methods = Vec::new();
    called(module.code.to_token_stream(), &mut methods);
    let methods = methods.into_iter().filter(|(name, _)| MATHEMATICS.contains(&name.as_str()));
    let found: Vec<_> = paths.chain(methods.map(|(name, span)| (name, span.start().line))).collect();
    found.into_iter().map(|(name, line)| format!("{}:{line}: f64::{name}: use libm::{name}", module.file))
}

/// Every name after a dot and before an opening parenthesis.
fn called(tokens: TokenStream, found: &mut Vec<(String, Span)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for three in tokens.windows(3) {
        if let [TokenTree::Punct(dot), TokenTree::Ident(name), TokenTree::Group(_)] = three
            && dot.as_char() == '.'
        {
            found.push((name.to_string(), name.span()));
        }
    }
    for token in tokens {
        if let TokenTree::Group(group) = token {
            called(group.stream(), found);
        }
    }
}

fn long_functions(module: &Module) -> Vec<String> {
    let mut lengths = Lengths { file: &module.file, found: Vec::new() };
    lengths.visit_file(&module.code);
    lengths.found
}

struct Lengths<'a> {
    file: &'a str,
    found: Vec<String>,
}

impl Lengths<'_> {
    fn look(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.fn_token.span.start().line;
        let lines = block.brace_token.span.close().end().line + 1 - first;
        if lines > LONGEST_FUNCTION {
            let name = &signature.ident;
            self.found.push(format!("{}:{first}: {name} has {lines} lines of {LONGEST_FUNCTION}", self.file));
        }
    }
}

impl<'ast> Visit<'ast> for Lengths<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.look(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.look(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.look(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }
}
