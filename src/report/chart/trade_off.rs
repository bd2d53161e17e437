//! Speed against availability: the scenarios that no other beats in both, and the fastest that meets all objectives.

use super::axis::{Axis, Plot, Quantity};
use super::canvas::{Canvas, LABEL, picture, text_width};
use super::colour::{GREY, INK, PAPER, VERMILLION, scale};
use super::drawn::Chart;
use super::names::{Names, name, replications};
use crate::analysis::headlines::SURGE;
use crate::analysis::{ScenarioResult, TradeOff, Verdict, cases, fastest_that_meets, front, spread};
use crate::plan::is_chosen;
use crate::report::format;
use crate::report::provenance::Provenance;

const TITLE: &str = "What speed costs in availability";
const WIDTH: i32 = 980;
const HEIGHT: i32 = 470;
const NAMED: usize = 12;
const RIGHT: i32 = 590;
/// A panel of several.
const PANEL: (i32, i32) = (560, 390);
const PANELS: usize = 6;
/// The axis of time is logarithmic where the slowest takes more than this many times as long as the fastest.
const WIDE: f64 = 12.0;

/// The plot of a case to choose in.
struct Scene<'a> {
    parameters: Vec<(String, String)>,
    points: Vec<TradeOff<'a>>,
    front: Vec<TradeOff<'a>>,
    /// The fastest scenario that meets all objectives.
    fastest: Option<u32>,
    /// There are objectives.
    asked: bool,
}

/// The chart, a panel for each case to choose in; it takes three scenarios to speak of a trade-off.
pub(super) fn chart(provenance: &Provenance, results: &[ScenarioResult], verdicts: &[Verdict<'_>]) -> Option<Chart> {
    let all: Vec<_> = results.iter().collect();
    let cases = cases(&all);
    let choices = cases.iter().map(|case| Scene::of(case.parameters.clone(), &case.alternatives, verdicts));
    let scenes: Vec<_> = choices.filter(|scene| scene.points.len() >= 3).collect();
    // Cases with one or two strategies each have no trade-off of their own, and nobody can choose between cases.
    let together = Scene::of(Vec::new(), &all, if cases.len() > 1 { &[] } else { verdicts });
    let shown: Vec<&Scene<'_>> =
        if cases.len() > 1 { spread(&scenes.iter().collect::<Vec<_>>(), PANELS) } else { Vec::new() };
    let shown = if shown.is_empty() { vec![&together] } else { shown };
    if shown[0].points.len() < 3 {
        return None;
    }
    let mut subtitle =
        "Left and low is better. The line joins the scenarios that no other beats in both; darker points use \
                        more surge."
            .to_owned();
    if shown.iter().any(|scene| scene.fastest.is_some()) {
        subtitle.push_str(" Ringed: the fastest of those that meet all objectives.");
    } else if !verdicts.is_empty() && (shown.len() > 1 || cases.len() == 1) {
        subtitle.push_str(" None is shown to meet all objectives.");
    }
    let counted: Vec<_> = shown.iter().flat_map(|scene| &scene.points).map(|point| point.result).collect();
    subtitle.push_str(&format!(" {}.", replications(&counted, provenance.seed)));
    if shown.len() > 1 && shown.len() < scenes.len() {
        subtitle.push_str(&format!(" {} of {} worlds to choose in.", shown.len(), format::count(scenes.len() as u64)));
    }
    let missing = results.iter().filter(|result| TradeOff::of(result).is_none()).count();
    if missing > 0 {
        let scenarios = format::plural(missing as u64, "scenario");
        subtitle.push_str(&format!(" {scenarios} without a p95 duration not shown."));
    }
    let drawing = match shown.as_slice() {
        [scene] => picture(WIDTH, HEIGHT, TITLE, &subtitle, |canvas, top| alone(canvas, top, scene)),
        scenes => {
            let height = PANEL.1 * (scenes.len() as i32 + 1).div_euclid(2);
            picture(2 * PANEL.0, height, TITLE, &subtitle, |canvas, top| {
                for (number, scene) in (0..).zip(scenes) {
                    beside(canvas, (number % 2 * PANEL.0, top + number / 2 * PANEL.1), scene);
                }
            })
        }
    };
    Some(Chart::of("trade-off.svg", TITLE, drawing))
}

impl<'a> Scene<'a> {
    fn of(parameters: Vec<(String, String)>, results: &[&'a ScenarioResult], verdicts: &[Verdict<'_>]) -> Self {
        let points: Vec<_> = results.iter().filter_map(|result| TradeOff::of(result)).collect();
        let front = front(&points);
        let fastest = fastest_that_meets(results, verdicts).map(|result| result.scenario);
        Self { parameters, front, points, fastest, asked: !verdicts.is_empty() }
    }

    fn most(&self, get: fn(&TradeOff<'_>) -> f64) -> f64 {
        self.points.iter().map(get).fold(0.0, f64::max)
    }

    fn is_on_front(&self, point: &TradeOff<'_>) -> bool {
        self.front.iter().any(|other| other.result.scenario == point.result.scenario)
    }

    fn is_fastest(&self, point: &TradeOff<'_>) -> bool {
        self.fastest == Some(point.result.scenario)
    }

    fn plot(&self, (left, top): (i32, i32), (right, bottom): (i32, i32)) -> Plot {
        let fastest = self.points.iter().map(|point| point.duration).fold(f64::INFINITY, f64::min);
        let slowest = self.most(|point| point.duration);
        let x = if slowest > WIDE * fastest {
            Axis::logarithmic(Quantity::Time, fastest * 0.8, slowest * 1.2, (left, right))
        } else {
            Axis::new(Quantity::Time, 0.0, slowest * 1.05, (left, right))
        };
        Plot { x, y: Axis::new(Quantity::Number, 0.0, self.most(|point| point.dip) * 1.08, (bottom, top)) }
    }

    /// Axes, points and their numbers; `surge` gives the darkness of a point.
    fn draw(&self, canvas: &mut Canvas, plot: &Plot, surge: &Axis) {
        let log = if plot.x.is_logarithmic() { ", logarithmic" } else { "" };
        plot.frame(canvas, &format!("duration, 95th percentile{log}"), "mean dip [pod-seconds]");
        let at = |point: &TradeOff<'_>| (plot.x.at(point.duration), plot.y.at(point.dip));
        let line: Vec<_> = self.front.iter().map(at).collect();
        canvas.line(&line, INK, 1);
        let last = self.points.iter().filter(|point| self.is_fastest(point));
        let first = self.points.iter().filter(|point| !self.is_on_front(point) && !self.is_fastest(point));
        let front = self.front.iter().filter(|point| !self.is_fastest(point));
        for point in first.chain(front).chain(last) {
            let radius = if self.is_on_front(point) { 7 } else { 4 };
            if self.is_fastest(point) {
                canvas.disc(at(point), radius + 5, VERMILLION);
                canvas.disc(at(point), radius + 1, PAPER);
            }
            canvas.disc(at(point), radius, scale(surge.share(self::surge(point))));
        }
        let discs: Vec<_> = self.points.iter().map(at).collect();
        labels(canvas, plot, self, &discs);
    }
}

fn surge(point: &TradeOff<'_>) -> f64 {
    point.result.value(SURGE.figure).unwrap_or(0.0)
}

fn alone(canvas: &mut Canvas, top: i32, scene: &Scene<'_>) {
    let plot = scene.plot((100, top + 16), (RIGHT, top + HEIGHT - 66));
    let surge = Axis::new(Quantity::Number, 0.0, scene.most(surge), (top + HEIGHT - 66, top + HEIGHT - 186));
    scene.draw(canvas, &plot, &surge);
    key(canvas, top, scene);
    surge_bar(canvas, RIGHT + 32, &surge);
}

fn beside(canvas: &mut Canvas, (left, top): (i32, i32), scene: &Scene<'_>) {
    let text = |text: String, limit| format::shorten(&text, limit);
    canvas.text((left + 100, top + 10), &text(format::parameters(&scene.parameters), 52), LABEL.bold());
    let best = scene.points.iter().find(|point| scene.is_fastest(point));
    let none = if scene.asked { "none is shown to meet all objectives" } else { "" };
    let best = best.map_or(none.to_owned(), |point| name(&strategy(point)));
    canvas.text((left + 100, top + 28), &text(best, 60), LABEL.colour(GREY));
    let plot = scene.plot((left + 100, top + 48), (left + PANEL.0 - 24, top + PANEL.1 - 66));
    scene.draw(canvas, &plot, &Axis::new(Quantity::Number, 0.0, scene.most(surge), (0, 100)));
}

/// The scenario with the parameters of its strategy alone, because the panel's heading has the others.
fn strategy(point: &TradeOff<'_>) -> ScenarioResult {
    let mut result = ScenarioResult { timeline: Vec::new(), ..point.result.clone() };
    result.parameters.retain(|(path, _)| is_chosen(path));
    result
}

/// Numbers beside the points of the front and the ringed one: clear of all points if they can be, at least of each
/// other and of the front. Where there is no room the number is left out, but never that of the ringed point.
fn labels(canvas: &mut Canvas, plot: &Plot, scene: &Scene<'_>, discs: &[(i32, i32)]) {
    let at = |point: &TradeOff<'_>| (plot.x.at(point.duration), plot.y.at(point.dip));
    let around = |(x, y): (i32, i32), radius: i32| [x - radius, y - radius, x + radius, y + radius];
    let others: Vec<_> = discs.iter().map(|disc| around(*disc, 4)).collect();
    let mut taken: Vec<_> = scene.front.iter().map(|point| around(at(point), 7)).collect();
    let best = scene.points.iter().filter(|point| scene.is_fastest(point));
    let front = scene.front.iter().filter(|point| !scene.is_fastest(point));
    for point in best.chain(front) {
        let mut text = point.result.scenario.to_string();
        let away = if scene.is_fastest(point) { 7 } else { 0 };
        if scene.is_fastest(point) {
            text.push_str(" fastest to meet all");
        }
        let (x, y) = at(point);
        let width = text_width(&text, LABEL.size);
        let places = [
            (12, -12),
            (-width - 11, 13),
            (12, 13),
            (-width - 11, -12),
            (13, 0),
            (-width - 13, 0),
            (13, -32),
            (-width, -32),
        ]
        .map(|(dx, dy): (i32, i32)| (x + dx + away * dx.signum(), y + dy + away / 2 * dy.signum()));
        let area = |(x, y): (i32, i32)| [x - 1, y - 8, x + width + 1, y + 8];
        let free = |place: &(i32, i32)| {
            let area = area(*place);
            let inside = area[0] > plot.x.first() && area[2] < plot.x.last() && area[3] < plot.y.first();
            inside && taken.iter().all(|other| apart(&area, other))
        };
        let clear = |place: &&(i32, i32)| free(place) && others.iter().all(|other| apart(&area(**place), other));
        let place = places.iter().find(clear).or(places.iter().find(|place| free(place))).copied();
        let place = place.or((away > 0).then_some((x.min(plot.x.last() - width) + 13, y - 16)));
        if let Some(place) = place {
            canvas.tag(place, &text, LABEL.bold());
            taken.push(area(place));
        }
    }
}

const fn apart(a: &[i32; 4], b: &[i32; 4]) -> bool {
    a[2] < b[0] || b[2] < a[0] || a[3] < b[1] || b[3] < a[1]
}

fn key(canvas: &mut Canvas, top: i32, scene: &Scene<'_>) {
    let (left, front) = (RIGHT + 32, &scene.front);
    let listed: Vec<_> = spread(front, NAMED).iter().map(|point| point.result).collect();
    let names = Names::of(&listed, 44);
    let mut y = top + 18;
    canvas.text((left, y), "Beaten by no other, fastest first", LABEL.bold());
    if let Some(heading) = &names.heading {
        for line in format::wrap(heading, 44) {
            y += 19;
            canvas.text((left, y), &line, LABEL.colour(GREY));
        }
    }
    for name in &names.names {
        y += 19;
        canvas.text((left, y), name, LABEL);
    }
    if listed.len() < front.len() {
        let rest = format!("{} of {}", listed.len(), format::count(front.len() as u64));
        y += 19;
        canvas.text((left, y), &rest, LABEL.colour(GREY));
    }
    let best = scene.points.iter().find(|point| scene.is_fastest(point));
    if let Some(point) = best.filter(|point| !scene.is_on_front(point)) {
        canvas.text((left, y + 30), "Fastest to meet all objectives", LABEL.bold());
        for (line, text) in (0..2).zip(format::wrap(&name(point.result), 44)) {
            canvas.text((left, y + 49 + 19 * line), &format::shorten(&text, 48), LABEL);
        }
    }
}

fn surge_bar(canvas: &mut Canvas, left: i32, surge: &Axis) {
    let (bottom, top) = (surge.first(), surge.last());
    canvas.text((left, top - 18), "mean surge [pod-seconds]", LABEL.bold());
    for step in 0..40 {
        let y = |step: i32| bottom + (top - bottom) * step / 40;
        canvas.rectangle((left, y(step + 1)), (left + 16, y(step)), scale(f64::from(step) / 39.0));
    }
    for (value, label) in surge.ticks(5) {
        canvas.line(&[(left + 16, surge.at(value)), (left + 21, surge.at(value))], INK, 1);
        canvas.text((left + 26, surge.at(value)), &label, LABEL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::headlines::DURATION_P95;
    use crate::analysis::least;
    use crate::plan::Objective;
    use crate::report::tests::fixture;

    /// The chart of the scenarios; those in `met` meet the objective.
    fn drawn(results: &[ScenarioResult], met: &[u32]) -> Option<String> {
        let (plan, _) = fixture::one();
        let objective =
            Objective::parse("availability: 90%").or_else(|_| Objective::parse("stalled_rate <= 1%")).unwrap();
        let verdict = |r: &ScenarioResult| Verdict {
            objective: &objective,
            scenario: r.scenario,
            met: Some(met.contains(&r.scenario)),
        };
        let verdicts: Vec<_> = results.iter().map(verdict).collect();
        chart(&Provenance::of(&plan), results, &verdicts).map(|chart| chart.svg)
    }

    #[test]
    fn the_fastest_that_meets_all_objectives_is_named() {
        let (_, results) = fixture::sweep(&["0", "25%", "100%"], &["0", "25%"], &[]);
        let all: Vec<_> = results.iter().collect();
        let fastest = least(&all, DURATION_P95.figure).unwrap().scenario;
        let svg = drawn(&results, &(0..9).collect::<Vec<_>>()).unwrap();
        assert!(svg.contains(&format!("\n{fastest} fastest to meet all\n")), "{svg}");
        let svg = drawn(&results, &[2]).unwrap();
        assert!(svg.contains("\n2 fastest to meet all\n") && svg.contains("Ringed"), "{svg}");
        let svg = drawn(&results, &[]).unwrap();
        assert!(!svg.contains("fastest to meet all\n") && svg.contains("shown to meet all objectives."), "{svg}");
    }

    #[test]
    fn each_case_has_a_panel_and_a_choice_of_its_own() {
        let (_, mut results) = fixture::sweep(&["1", "25%", "100%"], &["0", "25%"], &["0", "30"]);
        for result in &mut results {
            result.parameters[2].0 = "replicas".into();
        }
        let svg = drawn(&results, &(0..99).collect::<Vec<_>>()).unwrap();
        assert!(svg.contains("\nreplicas 0\n") && svg.contains("\nreplicas 30\n"), "{svg}");
        assert_eq!(svg.matches(" fastest to meet all\n").count(), 2);
        let svg = drawn(&results, &[]).unwrap();
        assert_eq!(svg.matches("\nnone is shown to meet all objectives\n").count(), 2);
        let svg = chart(&Provenance::of(&fixture::one().0), &results, &[]).unwrap().svg;
        assert!(!svg.contains("objectives"), "nobody asked: {svg}");
    }

    #[test]
    fn of_all_cases_together_none_is_ringed() {
        let (_, mut results) = fixture::sweep(&["1", "25%", "100%"], &["0"], &[]);
        for result in &mut results {
            result.parameters = vec![("name".into(), format!("service-{}", result.scenario))];
        }
        let svg = drawn(&results, &(0..9).collect::<Vec<_>>()).unwrap();
        assert!(
            !svg.contains("fastest to meet all\n") && !svg.contains("Ringed") && !svg.contains("None is shown"),
            "{svg}"
        );
    }
}
