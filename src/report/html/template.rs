//! Pages from their templates, and what their templates have in common.

use minijinja::{AutoEscape, Environment, Value};

/// Parts of several pages, by the names under which templates include them: the head of a page without scripts (`title`,
/// `command`, `style`), a picture (`chart`), the table of all assumptions (`assumptions`), and the end of the provenance.
const PARTS: [(&str, &str); 4] = [
    ("head", include_str!("parts/head.html")),
    ("figure", include_str!("parts/figure.html")),
    ("assumptions", include_str!("parts/assumptions.html")),
    ("repeat", include_str!("parts/repeat.html")),
];

/// The page that `template` makes of `values`. What is a text there is escaped.
pub(in crate::report) fn render(template: &str, values: Value) -> Vec<u8> {
    let mut environment = Environment::empty();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    for (name, part) in PARTS {
        environment.add_template(name, part).expect("the parts are tested");
    }
    let page = environment.render_named_str("page", template, values);
    page.expect("the template is tested, and names only what it is given").into_bytes()
}
