//! The figures that a change may not fall below, as a small file to keep beside the code.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Report, furniture, metrics::Counts};

/// Cases by which a group may get worse: one may be chance.
const CASES: usize = 1;
/// By how much the F1 of bodies may fall.
const F1: f64 = 0.005;

/// What a run reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// By group of texts or pages: form, language, label.
    pub groups: BTreeMap<String, Reached>,
    /// F1 of the bodies, by source of the pages.
    pub bodies: BTreeMap<String, f64>,
    /// Share of the unwanted snippets whose block is named; 0 without any.
    pub furniture: f64,
    /// Number of pages whose cleaned HTML loses something when it is sent back, by label.
    pub unstable_html: BTreeMap<String, usize>,
}

/// What a run reached in one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reached {
    /// Junk that was found.
    pub found: usize,
    /// Clean cases that were flagged.
    pub false_alarms: usize,
}

impl Floor {
    /// What a run reached.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let reached = |it: &Counts| Reached { found: it.found, false_alarms: it.false_alarms };
        Self {
            groups: report.groups.iter().filter(|it| is_kept(it.0)).map(|it| (it.0.clone(), reached(it.1))).collect(),
            bodies: report.bodies.iter().filter_map(|(name, it)| Some((name.clone(), rounded(it.f1?)))).collect(),
            furniture: furniture::share(&report.furniture).map_or(0.0, |it| rounded(it.value)),
            unstable_html: report.cleaned_html.iter().map(|(name, it)| (name.clone(), it.pages - it.stable)).collect(),
        }
    }

    /// Reads the file.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Writes the file.
    pub fn write(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// Where a later run is worse by more than a case, or by more than 0.005 of F1; a group that is gone is worse.
    #[must_use]
    pub fn fallen(&self, now: &Self) -> Vec<String> {
        let mut fallen = Vec::new();
        for (name, before) in &self.groups {
            match now.groups.get(name) {
                None => fallen.push(format!("{name}: no such cases any more")),
                Some(now) => {
                    if now.found + CASES < before.found {
                        fallen.push(format!("{name}: {} found, were {}", now.found, before.found));
                    }
                    if now.false_alarms > before.false_alarms + CASES {
                        fallen.push(format!("{name}: {} false alarms, were {}", now.false_alarms, before.false_alarms));
                    }
                }
            }
        }
        for (name, before) in &self.bodies {
            let now = now.bodies.get(name).copied().unwrap_or(0.0);
            if now + F1 < *before {
                fallen.push(format!("bodies {name}: F1 {now:.3}, was {before:.3}"));
            }
        }
        if now.furniture + F1 < self.furniture {
            fallen.push(format!("furniture: {:.3} named, was {:.3}", now.furniture, self.furniture));
        }
        for (label, before) in &self.unstable_html {
            match now.unstable_html.get(label) {
                None => fallen.push(format!("cleaned HTML, label {label}: no such pages any more")),
                Some(now) if *now > before + CASES => {
                    fallen.push(format!("cleaned HTML, label {label}: {now} pages lose something, were {before}"));
                }
                Some(_) => {}
            }
        }
        fallen
    }
}

/// Whether a group has a floor: each form as a whole, by language and by label; sources and files are cut another way.
fn is_kept(name: &str) -> bool {
    !name.contains(", source ") && !name.contains(", file ")
}

/// Three places, as figures are printed.
fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn floor(found: usize, false_alarms: usize, f1: f64) -> Floor {
        let groups = BTreeMap::from([("page".to_owned(), Reached { found, false_alarms })]);
        let unstable_html = BTreeMap::from([("article".to_owned(), 3)]);
        Floor { groups, bodies: BTreeMap::from([("aed".to_owned(), f1)]), furniture: 0.9, unstable_html }
    }

    #[test]
    fn floor_gives_way_by_one_case_and_no_more() {
        let before = floor(10, 2, 0.95);
        assert_eq!(before.fallen(&floor(9, 3, 0.946)), Vec::<String>::new());
        assert_eq!(before.fallen(&floor(8, 2, 0.95)), ["page: 8 found, were 10"]);
        assert_eq!(before.fallen(&floor(10, 4, 0.95)), ["page: 4 false alarms, were 2"]);
        assert_eq!(before.fallen(&floor(10, 2, 0.944)), ["bodies aed: F1 0.944, was 0.950"]);
        let gone =
            Floor { groups: BTreeMap::new(), bodies: BTreeMap::new(), furniture: 0.0, unstable_html: BTreeMap::new() };
        assert_eq!(before.fallen(&gone).len(), 4);
    }

    #[test]
    fn floor_holds_furniture_and_cleaned_html() {
        let before = floor(10, 2, 0.95);
        let unstable = |count| BTreeMap::from([("article".to_owned(), count)]);
        let now = Floor { furniture: 0.896, unstable_html: unstable(4), ..before.clone() };
        assert_eq!(before.fallen(&now), Vec::<String>::new());
        let now = Floor { furniture: 0.894, unstable_html: unstable(5), ..before.clone() };
        let fallen =
            ["furniture: 0.894 named, was 0.900", "cleaned HTML, label article: 5 pages lose something, were 3"];
        assert_eq!(before.fallen(&now), fallen);
        let now = Floor { unstable_html: BTreeMap::new(), ..before.clone() };
        assert_eq!(before.fallen(&now), ["cleaned HTML, label article: no such pages any more"]);
    }

    #[test]
    fn floor_that_is_written_is_read_again() {
        let before = floor(10, 2, 0.95);
        assert_eq!(Floor::parse(&before.write().expect("written")), Ok(before));
    }
}
