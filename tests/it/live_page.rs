//! The page of `rollcast serve` in a real browser: controls, keyboard, errors, and what it fetches.
//!
//! Skipped with a message where there is no Chromium.

use serde_json::json;

use crate::browser::{Page, browser};
use crate::serve::{ORDERS, Server};

/// Waits until the page has an answer, or an error, to its newest question.
fn settled(page: &mut Page) -> String {
    for _ in 0..600 {
        let state = page.value("document.documentElement.dataset.state");
        if let Some(state @ ("ready" | "error")) = state.as_str() {
            return state.to_owned();
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("no answer within 30 s");
}

fn shown(page: &mut Page, id: &str) -> String {
    page.value(&format!("document.getElementById('{id}').textContent")).as_str().expect("a text").to_owned()
}

#[test]
fn controls_move_the_forecast() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium found to open the live page in");
        return;
    };
    let server = Server::start(&[ORDERS, "--replications", "120"]);
    let address = format!("http://127.0.0.1:{}/", server.port);
    let place = tempfile::tempdir().expect("a temporary directory");
    let mut page = Page::visit(&browser, place.path(), &format!("{address}#maxSurge=2&nodes2=4"));

    // Values stand in the address, and in the command.
    assert_eq!(settled(&mut page), "ready");
    let command = shown(&mut page, "command");
    assert!(command.contains("--set maxSurge=2 --set cluster.nodes.1.count=4"), "{command}");
    assert_eq!(page.value("['levels', 'pods'].every((id) => document.querySelector(`#${id} svg`))"), true);
    assert_eq!(page.value("document.querySelectorAll('#figures > div').length"), 4);
    let before = shown(&mut page, "figures");

    // The slider, by the keyboard: a whole number stays one.
    page.value("document.getElementById('slider-maxSurge').focus()");
    page.press("ArrowRight", 39);
    assert_eq!(settled(&mut page), "ready");
    assert_eq!(page.value("document.getElementById('value-maxSurge').value"), "3");
    assert_eq!(page.value("location.hash"), "#maxSurge=3&nodes2=4");
    assert!(shown(&mut page, "command").contains("--set maxSurge=3 "));
    assert_ne!(shown(&mut page, "figures"), before);

    // What Kubernetes refuses is said beside the control; the answer before is not taken for one to these settings.
    for (control, value) in [("maxSurge", "0"), ("maxUnavailable", "0")] {
        page.value(&format!(
            "{{ const e = document.getElementById('value-{control}'); e.value = '{value}'; e.dispatchEvent(new Event('input')); }}"
        ));
    }
    assert_eq!(settled(&mut page), "error");
    let beside = "document.querySelector('[data-control=maxUnavailable] .error').textContent";
    let said = page.value(beside);
    assert!(said.as_str().is_some_and(|said| said.contains("are both 0")), "{said}");
    assert_eq!(page.value("document.getElementById('value-maxUnavailable').ariaInvalid"), "true");

    // Back to what is written, by the keyboard.
    page.value("document.querySelector('[data-control=maxUnavailable] .reset').focus()");
    page.press("Enter", 13);
    assert_eq!(settled(&mut page), "ready");
    assert_eq!(page.value("document.getElementById('value-maxUnavailable').value"), "25%");
    assert_eq!(page.value(beside), "");
    page.value("document.getElementById('reset-all').click()");
    assert_eq!(settled(&mut page), "ready");
    assert_eq!(page.value("location.hash"), "");

    // Every control has a label; nothing but the own server was asked, and nothing was wrong but the refused settings.
    let labels = "[...document.querySelectorAll('input')].every((e) => e.labels.length > 0 || e.ariaLabel)";
    assert_eq!(page.value(labels), true);
    let others: Vec<_> =
        page.requests.iter().filter(|url| !url.starts_with(&address) && !url.starts_with("data:")).collect();
    assert!(others.is_empty(), "{others:?}");
    page.complaints.retain(|one| !one.to_string().contains("status of 422"));
    assert!(page.complaints.is_empty(), "{:?}", page.complaints);
}

#[test]
fn the_live_page_fits_the_dark_and_a_telephone() {
    let Some(browser) = browser() else {
        eprintln!("skipped: no Chromium found to open the live page in");
        return;
    };
    let server = Server::start(&[ORDERS, "--replications", "120"]);
    let place = tempfile::tempdir().expect("a temporary directory");
    let mut page = Page::visit(&browser, place.path(), &format!("http://127.0.0.1:{}/", server.port));
    assert_eq!(settled(&mut page), "ready");
    let contrast = "(() => {
        const part = (c) => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
        const light = (colour) => { const [r, g, b] = colour.match(/[0-9.]+/g).map(Number); return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b); };
        const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
        const style = (selector) => getComputedStyle(document.querySelector(selector));
        const paper = style('body').backgroundColor;
        return [ratio(style('body').color, paper), ratio(style('.live .about').color, paper), ratio(style('#figures dt').color, style('#figures').backgroundColor), light(paper)];
    })()";
    let light = page.numbers(contrast);
    page.ask("Emulation.setEmulatedMedia", json!({"features": [{"name": "prefers-color-scheme", "value": "dark"}]}));
    let dark = page.numbers(contrast);
    assert!(light[3] > 0.9 && dark[3] < 0.05, "light {light:?}, dark {dark:?}");
    assert!(light[..3].iter().chain(&dark[..3]).all(|ratio| *ratio >= 4.5), "light {light:?}, dark {dark:?}");
    let narrow = json!({"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": true});
    page.ask("Emulation.setDeviceMetricsOverride", narrow);
    let width = page.value("document.documentElement.scrollWidth").as_f64().expect("a number");
    assert!(width <= 390.0, "{width} pixels wide");
}
