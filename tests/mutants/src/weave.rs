//! Rewrites a source file so that every mutant stands beside the original, and the switch chooses.
//!
//! Each mutant stands between the marks `/*<ID,*/` and `/*>*/`, and what holds the mutants of a place between `/*<0,ID,ID,*/` and
//! `/*>*/`, so that an error of the compiler leads to the mutants that caused it. No line is added or removed.

use crate::list::{Mutant, State};
use proc_macro2::{LineColumn, Span as Tokens};
use std::collections::HashMap;
use std::fmt::Write;
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{BinOp, Expr, UnOp};

/// How the text of a place is put together from its parts and the mutants there.
enum Form {
    /// The two sides are taken by reference: nothing moves.
    Comparison {
        op: String,
        left: Range<usize>,
        right: Range<usize>,
    },
    Arithmetic {
        op: String,
        left: Range<usize>,
        right: Range<usize>,
    },
    Assignment {
        op: String,
        left: Range<usize>,
        right: Range<usize>,
    },
    /// `&&` or `||`, whose right side is evaluated only where the left one does not decide.
    Lazy {
        and: bool,
        left: Range<usize>,
        right: Range<usize>,
    },
    Unary {
        op: char,
        of: Range<usize>,
    },
    Body,
    /// An arm that may be passed over; the place is empty and stands behind the pattern.
    Arm,
    Guard,
    Field {
        name: String,
        base: String,
        value: Range<usize>,
    },
}

struct Site {
    place: Range<usize>,
    form: Form,
    mutants: Vec<(u32, String)>,
}

/// The mutants by where the list says that they begin, and by kind.
type Wanted = HashMap<(usize, usize, String), Vec<(u32, String)>>;

struct Finder<'a> {
    wanted: Wanted,
    text: &'a str,
    sites: Vec<Site>,
    constant: Vec<u32>,
    in_constant: bool,
    /// `||` in a condition that binds names.
    unviable: Vec<u32>,
}

impl Finder<'_> {
    fn take(&mut self, at: LineColumn, genre: &str) -> Vec<(u32, String)> {
        self.wanted.remove(&(at.line, at.column + 1, genre.into())).unwrap_or_default()
    }

    fn add(&mut self, place: Range<usize>, form: Form, mutants: Vec<(u32, String)>) {
        if self.in_constant {
            self.constant.extend(mutants.iter().map(|(id, _)| *id));
        } else if !mutants.is_empty() {
            self.sites.push(Site { place, form, mutants });
        }
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        self.in_constant = signature.constness.is_some();
        if let Some(first) = block.stmts.first() {
            let mutants = self.take(first.span().start(), "FnValue");
            let start = bytes(first.span()).start;
            self.add(start..start, Form::Body, mutants);
        }
    }
}

fn bytes(span: Tokens) -> Range<usize> {
    span.byte_range()
}

/// Whether a condition binds names, so that only `&&` may stand in it.
fn binds(expression: &Expr) -> bool {
    match expression {
        Expr::Let(_) => true,
        Expr::Binary(both) => binds(&both.left) || binds(&both.right),
        _ => false,
    }
}

impl<'a> Visit<'a> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'a syn::ItemFn) {
        let outer = self.in_constant;
        self.function(&item.sig, &item.block);
        visit::visit_item_fn(self, item);
        self.in_constant = outer;
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        let outer = self.in_constant;
        self.function(&item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
        self.in_constant = outer;
    }

    fn visit_trait_item_fn(&mut self, item: &'a syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_const(&mut self, item: &'a syn::ItemConst) {
        let outer = std::mem::replace(&mut self.in_constant, true);
        visit::visit_item_const(self, item);
        self.in_constant = outer;
    }

    fn visit_impl_item_const(&mut self, item: &'a syn::ImplItemConst) {
        let outer = std::mem::replace(&mut self.in_constant, true);
        visit::visit_impl_item_const(self, item);
        self.in_constant = outer;
    }

    fn visit_expr_binary(&mut self, both: &'a syn::ExprBinary) {
        let mutants = self.take(both.op.span().start(), "BinaryOperator");
        let (left, right) = (bytes(both.left.span()), bytes(both.right.span()));
        let op = self.text[bytes(both.op.span())].to_owned();
        let place = left.start..right.end;
        match both.op {
            BinOp::And(_) | BinOp::Or(_) if binds(&both.left) || binds(&both.right) => {
                self.unviable.extend(mutants.iter().map(|(id, _)| *id));
            }
            BinOp::And(_) => self.add(place, Form::Lazy { and: true, left, right }, mutants),
            BinOp::Or(_) => self.add(place, Form::Lazy { and: false, left, right }, mutants),
            BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_) => {
                self.add(place, Form::Comparison { op, left, right }, mutants);
            }
            _ if op.ends_with('=') => self.add(place, Form::Assignment { op, left, right }, mutants),
            _ => self.add(place, Form::Arithmetic { op, left, right }, mutants),
        }
        visit::visit_expr_binary(self, both);
    }

    fn visit_expr_unary(&mut self, unary: &'a syn::ExprUnary) {
        let op = match unary.op {
            UnOp::Not(_) => '!',
            UnOp::Neg(_) => '-',
            _ => return visit::visit_expr_unary(self, unary),
        };
        let mutants = self.take(unary.op.span().start(), "UnaryOperator");
        self.add(bytes(unary.span()), Form::Unary { op, of: bytes(unary.expr.span()) }, mutants);
        visit::visit_expr_unary(self, unary);
    }

    fn visit_arm(&mut self, arm: &'a syn::Arm) {
        let deleted = self.take(arm.span().start(), "MatchArm");
        let end = bytes(arm.pat.span()).end;
        self.add(end..end, Form::Arm, deleted);
        if let syn::Pat::Guard(syn::PatGuard { guard, .. }) = &arm.pat {
            let mutants = self.take(guard.span().start(), "MatchArmGuard");
            if !binds(guard) {
                self.add(bytes(guard.span()), Form::Guard, mutants);
            }
        }
        visit::visit_arm(self, arm);
    }

    fn visit_expr_struct(&mut self, made: &'a syn::ExprStruct) {
        for field in &made.fields {
            let mutants = self.take(field.span().start(), "StructField");
            if let (Some(rest), syn::Member::Named(name)) = (&made.rest, &field.member) {
                let base = &self.text[bytes(rest.span())];
                let base = if base.ends_with("efault::default()") {
                    format!("<{} as Default>::default()", &self.text[bytes(made.path.span())])
                } else {
                    format!("({base})")
                };
                let form = Form::Field { name: name.to_string(), base, value: bytes(field.expr.span()) };
                self.add(bytes(field.span()), form, mutants);
            }
        }
        visit::visit_expr_struct(self, made);
    }
}

/// The text of `source` with the mutants of `mutants` that may still compile, all of which are of this file.
pub fn weave(source: &str, mutants: &mut [&mut Mutant]) -> Result<String, syn::Error> {
    let mut wanted = Wanted::new();
    for mutant in mutants.iter().filter(|mutant| matches!(mutant.state, State::Unplaced | State::Woven)) {
        let key = (mutant.span.start.line, mutant.span.start.column, mutant.genre.clone());
        wanted.entry(key).or_default().push((mutant.id, mutant.replacement.clone()));
    }
    let (sites, constant, unviable) = (Vec::new(), Vec::new(), Vec::new());
    let mut finder = Finder { wanted, text: source, sites, constant, in_constant: false, unviable };
    finder.visit_file(&syn::parse_file(source)?);
    let Finder { mut sites, constant, unviable, .. } = finder;
    for mutant in mutants.iter_mut() {
        if constant.contains(&mutant.id) {
            mutant.state = State::Constant;
        } else if unviable.contains(&mutant.id) {
            mutant.state = State::Unviable;
        } else if sites.iter().any(|site| site.mutants.iter().any(|(id, _)| *id == mutant.id)) {
            mutant.state = State::Woven;
        }
    }
    // What holds others stands before them; an empty place holds none and stands before what begins there.
    sites.sort_by_key(|site| (site.place.start, !site.place.is_empty(), std::cmp::Reverse(site.place.end)));
    Ok(render(source, 0..source.len(), &sites))
}

/// The text of a range, where `sites` are those inside it, in order.
fn render(source: &str, range: Range<usize>, sites: &[Site]) -> String {
    let (mut text, mut at, mut next) = (String::new(), range.start, 0);
    while next < sites.len() {
        let site = &sites[next];
        let inside = sites[next + 1..].iter().take_while(|other| other.place.start < site.place.end).count();
        let inner = &sites[next + 1..next + 1 + inside];
        text += &source[at..site.place.start];
        text += &site.render(source, inner);
        at = site.place.end;
        next += 1 + inside;
    }
    text + &source[at..range.end]
}

impl Site {
    fn render(&self, source: &str, inner: &[Site]) -> String {
        let part = |range: &Range<usize>| {
            let from = inner.partition_point(|site| site.place.start < range.start);
            let to = inner.partition_point(|site| site.place.start < range.end);
            render(source, range.clone(), &inner[from..to])
        };
        let ids = self.mutants.iter().fold(String::new(), |ids, (id, _)| ids + &id.to_string() + ",");
        let which = format!("crate::mutants::which(&[{ids}])");
        let choice = |mutant: &dyn Fn(&str) -> String, original: &str| {
            let mut arms = String::new();
            for (id, replacement) in &self.mutants {
                let _ = write!(arms, "{id} => {{ /*<{id},*/ {} /*>*/ }} ", mutant(replacement));
            }
            format!("match {which} {{ {arms}_ => {{ {original} }} }}")
        };
        let woven = match &self.form {
            Form::Comparison { op, left, right } => {
                let chosen = choice(&|op| format!("x {op} y"), &format!("x {op} y"));
                format!("(match (&({}), &({})) {{ (x, y) => {chosen} }})", part(left), part(right))
            }
            Form::Arithmetic { op, left, right } => {
                let chosen = choice(&|op| format!("x {op} y"), &format!("x {op} y"));
                format!("(match ({}, {}) {{ (x, y) => {chosen} }})", part(left), part(right))
            }
            Form::Assignment { op, left, right } => {
                let chosen = choice(&|op| format!("*x {op} y"), &format!("*x {op} y"));
                format!("match {} {{ y => match &mut ({}) {{ x => {chosen} }} }}", part(right), part(left))
            }
            Form::Lazy { and, left, right } => {
                let different = if *and { "!=" } else { "==" };
                let (left, right, id) = (part(left), part(right), self.mutants[0].0);
                format!("(match {left} {{ x => if x {different} ({which} == {id}) {{ {right} }} else {{ x }} }})")
            }
            Form::Unary { op, of } => {
                format!("(match {} {{ x => {} }})", part(of), choice(&|_| "x".into(), &format!("{op}x")))
            }
            Form::Body => self.mutants.iter().fold(String::new(), |text, (id, value)| {
                format!("{text}if {which} == {id} {{ return /*<{id},*/ {value} /*>*/; }} ")
            }),
            Form::Arm => format!(" if {which} == 0"),
            Form::Guard => choice(&str::to_owned, &part(&self.place)),
            Form::Field { name, base, value } => {
                format!("{name}: if {which} == 0 {{ {} }} else {{ {base}.{name} }}", part(value))
            }
        };
        format!("/*<0,{ids}*/ {woven} /*>*/")
    }
}

/// The mutants that the innermost marks around a place of a woven text name.
pub fn around(text: &str, place: usize) -> Vec<u32> {
    let mut open: Vec<Vec<u32>> = Vec::new();
    for comment in text[..place].split("/*").skip(1) {
        if let Some(ids) = comment.strip_prefix('<') {
            open.push(ids.split(',').map_while(|id| id.parse().ok()).collect());
        } else if comment.starts_with(">*/") {
            open.pop();
        }
    }
    open.pop().unwrap_or_default()
}
