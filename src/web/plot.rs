//! Plots as SVG: the geometry here, the drawing in `plot.html`, colours in the stylesheet.

/// Width and height of the drawing, and room at its left and below for labels.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 56.0;
const BELOW: f64 = 22.0;
const ABOVE: f64 = 8.0;
/// Labels along the bottom, at most.
const LABELS: usize = 6;

/// Values along the horizontal axis; none where nothing is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Series {
    pub(super) name: String,
    /// Class of the stylesheet.
    pub(super) class: &'static str,
    pub(super) values: Vec<Option<f64>>,
}

impl Series {
    #[expect(clippy::cast_precision_loss, reason = "counts of pages")]
    pub(super) fn counts(name: &str, class: &'static str, values: impl Iterator<Item = i64>) -> Self {
        Self { name: name.to_owned(), class, values: values.map(|it| Some(it as f64)).collect() }
    }

    fn sum(&self) -> f64 {
        self.values.iter().flatten().sum()
    }
}

/// A bar or a part of one.
#[derive(Debug)]
pub(super) struct Bar {
    pub(super) class: &'static str,
    pub(super) x: String,
    pub(super) y: String,
    pub(super) width: String,
    pub(super) height: String,
    pub(super) label: String,
}

/// A line through the values of a series.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) class: &'static str,
    pub(super) points: String,
    pub(super) dots: Vec<(String, String, String)>,
}

/// A tick with its label.
#[derive(Debug)]
pub(super) struct Tick {
    pub(super) at: String,
    pub(super) label: String,
}

/// A drawn plot.
#[derive(Debug)]
pub(super) struct Plot {
    pub(super) title: String,
    /// What it says in words, for who does not see it.
    pub(super) summary: String,
    pub(super) bars: Vec<Bar>,
    pub(super) lines: Vec<Line>,
    pub(super) rows: Vec<Tick>,
    pub(super) columns: Vec<Tick>,
    pub(super) legend: Vec<(&'static str, String)>,
}

impl Plot {
    /// Bars, the series on top of each other; nothing where there is no column or no value.
    pub(super) fn bars(title: &str, labels: &[String], series: &[Series]) -> Option<Self> {
        let stack = |column: usize| series.iter().filter_map(|it| it.values.get(column).copied().flatten()).sum();
        let most = (0..labels.len()).map(stack).fold(0.0, f64::max);
        if most <= 0.0 {
            return None;
        }
        let scale = Scale::new(labels.len(), most);
        let mut bars = Vec::new();
        for (column, label) in labels.iter().enumerate() {
            let mut below = 0.0;
            for it in series {
                let Some(value) = it.values.get(column).copied().flatten().filter(|it| *it > 0.0) else { continue };
                let (top, bottom) = (scale.y(below + value), scale.y(below));
                bars.push(Bar {
                    class: it.class,
                    x: number(scale.x(column) - scale.step * 0.4),
                    y: number(top),
                    width: number(scale.step * 0.8),
                    height: number(bottom - top),
                    label: format!("{label}: {} {}", number(value), it.name),
                });
                below += value;
            }
        }
        Some(Self::framed(title, labels, series, &scale, bars, Vec::new()))
    }

    /// Lines; the axis goes up to `top`, or to the largest value.
    pub(super) fn lines(title: &str, labels: &[String], series: &[Series], top: Option<f64>) -> Option<Self> {
        let values = series.iter().flat_map(|it| &it.values).flatten();
        let most = values.clone().fold(0.0, |most: f64, it| most.max(*it));
        values.clone().next()?;
        let scale = Scale::new(labels.len(), top.unwrap_or(most));
        let line = |it: &Series| {
            let known = it.values.iter().enumerate().filter_map(|(column, value)| Some((column, (*value)?)));
            let dot = |(column, value): (usize, f64)| {
                let label = labels.get(column).map_or("", String::as_str);
                (number(scale.x(column)), number(scale.y(value)), format!("{label}: {} {}", number(value), it.name))
            };
            let dots: Vec<_> = known.map(dot).collect();
            let points = dots.iter().map(|it| format!("{},{}", it.0, it.1)).collect::<Vec<_>>().join(" ");
            // So many points are a line; a dot on each would be a blot.
            let dots = if dots.len() <= 60 { dots } else { Vec::new() };
            Line { class: it.class, points, dots }
        };
        let lines = series.iter().map(line).collect();
        Some(Self::framed(title, labels, series, &scale, Vec::new(), lines))
    }

    fn framed(
        title: &str,
        labels: &[String],
        series: &[Series],
        scale: &Scale,
        bars: Vec<Bar>,
        lines: Vec<Line>,
    ) -> Self {
        let every = labels.len().div_ceil(LABELS).max(1);
        // The year is in the titles of bars and dots; here it would only crowd.
        let column = |(index, label): (usize, &String)| Tick {
            at: number(scale.x(index)),
            label: label.get(5..).unwrap_or(label).to_owned(),
        };
        let said = |it: &Series| match it.values.iter().flatten().next_back() {
            Some(_) if bars.is_empty() => {
                let last = it.values.iter().flatten().next_back().copied().unwrap_or_default();
                format!("{}: {} at the end", it.name, number(last))
            }
            _ => format!("{}: {} in all", it.name, number(it.sum())),
        };
        Self {
            summary: format!("{title}. {}.", series.iter().map(said).collect::<Vec<_>>().join("; ")),
            title: title.to_owned(),
            rows: scale.ticks(),
            columns: labels.iter().enumerate().step_by(every).map(column).collect(),
            legend: series.iter().map(|it| (it.class, it.name.clone())).collect(),
            bars,
            lines,
        }
    }
}

/// From values to places.
struct Scale {
    step: f64,
    top: f64,
    tick: f64,
}

impl Scale {
    #[expect(clippy::cast_precision_loss, reason = "columns of a plot")]
    fn new(columns: usize, most: f64) -> Self {
        let tick = nice(most / 4.0);
        Self { step: (WIDTH - LEFT) / columns.max(1) as f64, top: (most / tick).ceil().max(1.0) * tick, tick }
    }

    #[expect(clippy::cast_precision_loss, reason = "columns of a plot")]
    fn x(&self, column: usize) -> f64 {
        LEFT + self.step * (column as f64 + 0.5)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BELOW - value.min(self.top) / self.top * (HEIGHT - BELOW - ABOVE)
    }

    fn ticks(&self) -> Vec<Tick> {
        let values = (0..).map(|it| f64::from(it) * self.tick).take_while(|it| *it <= self.top * 1.0001);
        values.map(|it| Tick { at: number(self.y(it)), label: number(it) }).collect()
    }
}

/// The next of 1, 2, 5, 10, 20 … that is not below.
fn nice(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    power * steps.into_iter().find(|it| it * power >= value * 0.9999).unwrap_or(10.0)
}

/// A number without digits that say nothing.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_stand_on_each_other_and_reach_as_high_as_their_sum() {
        let series =
            vec![Series::counts("a", "accept", [3, 0].into_iter()), Series::counts("b", "reject", [1, 2].into_iter())];
        let plot = Plot::bars("Pages", &["mon".into(), "tue".into()], &series).expect("has values");
        let tops: Vec<&str> = plot.bars.iter().map(|it| it.y.as_str()).collect();
        assert_eq!(tops, ["50.5", "8", "93"]);
        assert_eq!(plot.rows.iter().map(|it| it.label.as_str()).collect::<Vec<_>>(), ["0", "1", "2", "3", "4"]);
        assert_eq!(plot.summary, "Pages. a: 3 in all; b: 3 in all.");
        assert!(Plot::bars("Pages", &["mon".into()], &[Series::counts("a", "accept", [0].into_iter())]).is_none());
    }

    #[test]
    fn lines_leave_out_what_is_not_known() {
        let series = Series { name: "share".into(), class: "accept", values: vec![None, Some(50.0), Some(100.0)] };
        let plot = Plot::lines("Precision", &["a".into(), "b".into(), "c".into()], &[series], Some(100.0));
        assert_eq!(plot.expect("has values").lines[0].points, "388,93 609.33,8");
    }

    #[test]
    fn ticks_are_round_numbers() {
        for (value, tick) in [(0.0, 1.0), (0.3, 0.5), (1.0, 1.0), (13.0, 20.0), (450.0, 500.0)] {
            assert!((nice(value) - tick).abs() < 1e-9, "{value}");
        }
    }
}
