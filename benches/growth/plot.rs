//! Line charts as SVG, legible on light and on dark ground: the colours follow the reader's scheme.

use std::fmt::Write as _;

/// Size of a chart and of the margins round its field.
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 56.0;
/// Width of a series' name in the row above the field.
const NAME: f64 = 290.0;
const BOTTOM: f64 = 56.0;

const STYLE: &str = "\
text { font: 13px system-ui, sans-serif; fill: #333 }
.title { font-size: 15px; font-weight: 600 }
.grid { stroke: #ccc; stroke-width: 1 }
.s0 { stroke: #0b62c4; fill: #0b62c4 }
.s1 { stroke: #b34700; fill: #b34700 }
.s2 { stroke: #2b7a2b; fill: #2b7a2b }
polyline { fill: none !important; stroke-width: 2 }
text.s0, text.s1, text.s2 { stroke: none }
@media (prefers-color-scheme: dark) {
  text { fill: #ddd }
  .grid { stroke: #555 }
  .s0 { stroke: #6db3ff; fill: #6db3ff }
  .s1 { stroke: #ffa76b; fill: #ffa76b }
  .s2 { stroke: #7fd87f; fill: #7fd87f }
}
";

/// A chart; at most three series.
pub(crate) struct Chart {
    pub(crate) title: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) series: Vec<Series>,
}

/// An axis with its label, which names the unit.
pub(crate) struct Axis {
    pub(crate) label: &'static str,
    pub(crate) scale: Scale,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Scale {
    /// From 0 on.
    Linear,
    Logarithmic,
}

/// Points that a line joins.
pub(crate) struct Series {
    pub(crate) name: &'static str,
    pub(crate) points: Vec<(f64, f64)>,
}

/// An axis with its bounds, as drawn between two pixels.
struct Drawn {
    scale: Scale,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Chart {
    /// The chart as an SVG document.
    pub(crate) fn svg(&self) -> String {
        let points = || self.series.iter().flat_map(|it| &it.points);
        let x = Drawn::of(self.x.scale, points().map(|it| it.0), LEFT, WIDTH - RIGHT);
        let y = Drawn::of(self.y.scale, points().map(|it| it.1), HEIGHT - BOTTOM, TOP);
        let mut body = String::new();
        self.grid(&mut body, &x, &y);
        for (index, series) in self.series.iter().enumerate() {
            series.draw(&mut body, index, &x, &y);
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
             aria-label=\"{title}\">\n<style>\n{STYLE}</style>\n<text class=\"title\" x=\"{LEFT}\" y=\"22\">{title}</text>\n\
             {body}</svg>\n",
            title = self.title
        )
    }

    fn grid(&self, body: &mut String, x: &Drawn, y: &Drawn) {
        let (bottom, right) = (HEIGHT - BOTTOM, WIDTH - RIGHT);
        for tick in x.ticks() {
            let (at, label) = (x.at(tick), short(tick));
            line(
                body,
                format_args!("<line class=\"grid\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{bottom}\"/>"),
            );
            let below = bottom + 18.0;
            line(body, format_args!("<text x=\"{at:.1}\" y=\"{below}\" text-anchor=\"middle\">{label}</text>"));
        }
        for tick in y.ticks() {
            let (at, label) = (y.at(tick), short(tick));
            line(
                body,
                format_args!("<line class=\"grid\" x1=\"{LEFT}\" x2=\"{right}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>"),
            );
            let (left, middle) = (LEFT - 8.0, at + 4.0);
            line(body, format_args!("<text x=\"{left}\" y=\"{middle:.1}\" text-anchor=\"end\">{label}</text>"));
        }
        let (middle, below) = (f64::midpoint(LEFT, right), HEIGHT - 12.0);
        line(body, format_args!("<text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">{}</text>", self.x.label));
        let middle = f64::midpoint(TOP, bottom);
        let turned = format_args!("text-anchor=\"middle\" transform=\"rotate(-90 20 {middle})\"");
        line(body, format_args!("<text x=\"20\" y=\"{middle}\" {turned}>{}</text>", self.y.label));
    }
}

impl Series {
    fn draw(&self, body: &mut String, index: usize, x: &Drawn, y: &Drawn) {
        let at: Vec<(f64, f64)> = self.points.iter().map(|it| (x.at(it.0), y.at(it.1))).collect();
        let path: Vec<String> = at.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        line(body, format_args!("<polyline class=\"s{index}\" points=\"{}\"/>", path.join(" ")));
        for (x, y) in &at {
            line(body, format_args!("<circle class=\"s{index}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"));
        }
        let left = LEFT + NAME * f64::from(u32::try_from(index).unwrap_or(0));
        let (mark, text) = (left + 5.0, left + 16.0);
        line(body, format_args!("<circle class=\"s{index}\" cx=\"{mark}\" cy=\"40\" r=\"5\"/>"));
        line(body, format_args!("<text class=\"s{index}\" x=\"{text}\" y=\"44\">{}</text>", self.name));
    }
}

impl Drawn {
    fn of(scale: Scale, values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (mut low, mut high) = values.fold((f64::MAX, f64::MIN), |(low, high), it| (low.min(it), high.max(it)));
        match scale {
            Scale::Linear => (low, high) = (0.0, high * 1.1),
            Scale::Logarithmic => (low, high) = (low / 1.5, high * 1.5),
        }
        Self { scale, low, high, from, to }
    }

    /// The pixel of a value.
    fn at(&self, value: f64) -> f64 {
        let place = |it: f64| if self.scale == Scale::Logarithmic { it.ln() } else { it };
        let share = (place(value) - place(self.low)) / (place(self.high) - place(self.low));
        self.from + share * (self.to - self.from)
    }

    /// Round values between the bounds.
    fn ticks(&self) -> Vec<f64> {
        let within = |it: &f64| (self.low..=self.high).contains(it);
        if self.scale == Scale::Logarithmic {
            // Over few decades the numbers between are needed, over many they would crowd.
            let digits: &[f64] = if self.high / self.low < 300.0 { &[1.0, 2.0, 5.0] } else { &[1.0] };
            let powers = (-9..=12).map(|it| 10_f64.powi(it));
            return powers.flat_map(|power| digits.iter().map(move |it| it * power)).filter(within).collect();
        }
        let rough = self.high / 6.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|it| it * power).into_iter().find(|it| *it >= rough).unwrap_or(power);
        (0..=12).map(|it| f64::from(it) * step).filter(within).collect()
    }
}

/// A number in few characters.
fn short(value: f64) -> String {
    let (value, unit) = match value {
        it if it >= 1e6 => (it / 1e6, " M"),
        it if it >= 1e3 => (it / 1e3, " k"),
        it => (it, ""),
    };
    format!("{}{unit}", (value * 1e6).round() / 1e6)
}

/// Writing to a String cannot fail.
fn line(body: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = writeln!(body, "{text}");
}
