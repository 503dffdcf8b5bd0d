//! The report: one self-contained HTML file.

mod alarms;
mod comparison;
mod figures;
mod findings;
mod gallery;
mod markup;
mod samples;
mod tables;
mod thumbnails;

use crate::{RunPage, chart};
use latents_text::{number, printable};
use markup::safe;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value, context};

/// The template. Its output is also well-formed XML, which the tests rely on.
const PAGE: &str = include_str!("page.html");
/// The style sheet.
const STYLE: &str = include_str!("page.css");

impl RunPage {
    /// Renders the run as one self-contained HTML page: no scripts, no external resources, with a light and a dark theme and a
    /// print style.
    ///
    /// # Panics
    /// If a tensor does not have the shape documented in [`Samples`](crate::Samples), [`LatentMap`](crate::LatentMap),
    /// [`Filters`](crate::Filters) or [`Gallery`](crate::Gallery).
    ///
    /// ```
    /// # use latents_report::RunPage;
    /// let page = RunPage { title: "Digits".into(), ..RunPage::default() }.to_html();
    /// assert!(page.contains("<h1>Digits</h1>"));
    /// ```
    #[track_caller]
    pub fn to_html(&self) -> String {
        let page = view(self);
        let mut environment = Environment::new();
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .build()
                .expect("a valid syntax"),
        );
        environment
            .add_template("page.html", PAGE)
            .expect("the page's template is valid");
        let template = environment
            .get_template("page.html")
            .expect("the template was just added");
        template.render(page).expect("the template fits its view")
    }
}

/// The values that the template shows. Text and numbers are formatted here; the template only arranges them.
#[track_caller]
fn view(run: &RunPage) -> Value {
    let title = if run.title.is_empty() {
        "Training run"
    } else {
        &run.title
    };
    let tiles = tables::tiles(run);
    // Six tiles go into two lines.
    let columns = if tiles.len() == 6 { 3 } else { tiles.len() };
    context! {
        style => safe(format!("{STYLE}\n{}", chart::STYLE)),
        title => printable(title),
        model => printable(&run.model),
        created => printable(&run.created),
        summary => tables::summary(run),
        notes => run.notes.iter().map(|note| printable(note)).collect::<Vec<_>>(),
        tiles,
        columns,
        findings => findings::view(run),
        parts => figures::parts(run),
        denoising => denoising(run),
        galleries => run.galleries.iter().filter_map(gallery::view).collect::<Vec<_>>(),
        alarms => alarms::view(run),
        comparisons => run.comparisons.iter().filter_map(comparison::view).collect::<Vec<_>>(),
        own_tables => run.tables.iter().filter_map(tables::own).collect::<Vec<_>>(),
        loss => figures::loss(run),
        baselines => figures::baselines(run),
        errors => figures::errors(run),
        samples => run.samples.iter().filter_map(samples::view).collect::<Vec<_>>(),
        latent => figures::latent(run),
        filters => figures::filters(run),
        layers => tables::layers(run),
        parameters => number::count(run.parameters),
        data => run.data.iter().map(|line| printable(line)).collect::<Vec<_>>(),
        facts => tables::facts(run),
        command => printable(&run.command),
        reproducible => tables::reproducible(run),
        epochs => tables::epochs(run),
        version => printable(&run.version),
    }
}

/// The denoised rows; `None` if the run has no denoising results.
#[track_caller]
fn denoising(run: &RunPage) -> Option<Value> {
    let denoising = run.denoising.as_ref()?;
    let pictures = denoising.pictures.as_ref().and_then(gallery::view);
    let figures = comparison::view(&denoising.figures);
    (pictures.is_some() || figures.is_some()).then(|| context! { pictures, figures })
}
