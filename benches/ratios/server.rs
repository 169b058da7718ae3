//! A running server with its client on the same two cores, beside a bare echo of the same messages.

use std::time::Duration;

use pagegate::proto::Page;

use crate::{
    report::{Goal, Report},
    shared::{
        Engine,
        clock::Spread,
        corpus::Corpus,
        echo::Echo,
        server::{self, Clients, Running},
        texts,
    },
};

const TOPIC: &str = "server and client on two cores";
/// Time of one measurement; a round has one of each server.
const TIME: Duration = Duration::from_millis(700);
/// Length of the HTML pages, in bytes.
const HTML_BYTES: usize = 150_000;
/// Number of different HTML pages.
const HTML_PAGES: usize = 8;
/// Streams open at a time.
const STREAMS: usize = 2;

#[derive(Clone, Copy)]
enum Shape {
    Unary,
    Stream,
}

/// Measures all shapes of call.
pub(crate) fn measure(corpus: &Corpus, rounds: usize, report: &mut Report) -> anyhow::Result<()> {
    let texts: Vec<Page> = texts::all().iter().map(|it| server::text(&it.name, &it.title, &it.body)).collect();
    let html: Vec<Page> =
        corpus.nearest(HTML_BYTES, HTML_PAGES).into_iter().map(|it| server::html(&it.id, &it.html)).collect();
    let bound = std::thread::spawn(move || {
        let runtime = server::runtime()?;
        runtime.block_on(async {
            anyhow::Ok([
                compare(Shape::Unary, &texts, rounds).await?,
                compare(Shape::Stream, &texts, rounds).await?,
                compare(Shape::Unary, &html, rounds).await?,
            ])
        })
    });
    let rates = bound.join().map_err(|_| anyhow::anyhow!("the thread of the server panicked"))??;
    let goals = [("unary, 5 kB text", 50.0), ("stream, 5 kB text", 15.0), ("unary, 150 kB HTML", 30.0)];
    for ((what, goal), rates) in goals.into_iter().zip(rates) {
        let share = Spread::of(rates.iter().map(|[pagegate, echo]| 100.0 * pagegate / echo));
        let of = |which: usize| Spread::of(rates.iter().map(|it| it[which]));
        report.add(TOPIC, format!("{what}: pagegate / bare tonic echo"), Goal::AtLeast(goal), share, "%");
        report.add(TOPIC, format!("{what}: pagegate"), Goal::None, of(0), "pages/s");
        report.add(TOPIC, format!("{what}: echo"), Goal::None, of(1), "pages/s");
    }
    Ok(())
}

/// Pages per second of pagegate and of the echo, in turn.
async fn compare(shape: Shape, pages: &[Page], rounds: usize) -> anyhow::Result<Vec<[f64; 2]>> {
    let pagegate = Running::pagegate(Engine::embedded()?).await?;
    let ours = pagegate.clients()?;
    let echo = Running::echo(Echo(ours.answers(pages).await?)).await?;
    let theirs = echo.clients()?;
    let mut rates = Vec::new();
    for round in 0..=rounds {
        let pair = [rate(shape, &ours, pages).await?, rate(shape, &theirs, pages).await?];
        // The first round makes the connections.
        if round > 0 {
            rates.push(pair);
        }
    }
    drop((ours, theirs));
    pagegate.stop().await?;
    echo.stop().await?;
    Ok(rates)
}

async fn rate(shape: Shape, clients: &Clients, pages: &[Page]) -> anyhow::Result<f64> {
    match shape {
        Shape::Unary => clients.unary(pages, TIME).await,
        Shape::Stream => clients.stream(pages, STREAMS, TIME).await,
    }
}
