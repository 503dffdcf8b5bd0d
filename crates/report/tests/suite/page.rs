//! The page is well-formed, complete and escaped, and handles extreme values.

use latents_report::pictures::ImageShape;
use latents_report::{
    Alarm, Alarms, BaselineEntry, Better, Comparison, DenoisingSection, EpochRow, Filters, FindingText,
    Gallery, GalleryLine, LatentMap, LayerEntry, LossPart, Method, Metric, Results, RunPage, Samples,
    Severity, Table, ThresholdLine,
};
use latents_tensor::Tensor;

/// Parses the page as XML, which is stricter than HTML, and checks that all numbers in drawings are valid.
#[track_caller]
fn checked(run: &RunPage) -> String {
    let page = run.to_html();
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..roxmltree::ParsingOptions::default()
    };
    let document = roxmltree::Document::parse_with_options(&page, options).unwrap_or_else(|error| {
        let line = page.lines().nth(error.pos().row as usize - 1).unwrap_or("");
        panic!("{error}\n{line:.400}");
    });
    let svg = "http://www.w3.org/2000/svg";
    let numbers = [
        "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "width", "height", "viewBox", "d",
    ];
    for element in document
        .descendants()
        .filter(|node| node.tag_name().namespace() == Some(svg))
    {
        for attribute in element
            .attributes()
            .filter(|attribute| numbers.contains(&attribute.name()))
        {
            let value = attribute.value();
            assert!(!value.contains("NaN") && !value.contains("inf"), "{value:.400}");
            if matches!(attribute.name(), "width" | "height" | "r") {
                assert!(!value.starts_with('-'), "{}: {value}", attribute.name());
            }
        }
    }
    page
}

fn epochs(losses: impl IntoIterator<Item = (f64, Option<f64>)>) -> Vec<EpochRow> {
    let row = |(index, (train_loss, validation_loss))| EpochRow {
        epoch: index + 1,
        train_loss,
        validation_loss,
        seconds: 0.25,
        ..EpochRow::default()
    };
    losses.into_iter().enumerate().map(row).collect()
}

fn full() -> RunPage {
    RunPage {
        title: "Digits, first try".into(),
        model: "undercomplete 4-2-4".into(),
        command: "latents train --epochs 3".into(),
        created: "2 February 2030".into(),
        version: "9.8.7".into(),
        numerics_version: "33".into(),
        seed: 4711,
        threads: 3,
        data: vec!["1,797 rows of 8×8".into()],
        settings: vec![("Batch size".into(), "77".into())],
        layers: vec![LayerEntry {
            name: "encoder.0".into(),
            output_shape: "(batch, 2)".into(),
            parameters: 12_345,
        }],
        parameters: 67_890,
        loss_name: "Binary cross entropy".into(),
        epochs: epochs([(0.5, Some(0.4)), (0.31, Some(0.2111)), (0.2, Some(0.3))]),
        results: Results {
            train_loss: Some(0.012_34),
            validation_loss: Some(0.056_78),
            mse: Some(0.05),
            explained_variance: Some(0.876),
            samples_per_second: Some(123_456.0),
            seconds_per_epoch: Some(0.321),
            seconds: Some(135.0),
            pretraining_seconds: Some(54.0),
            parameters_sha256: Some("abc123".into()),
        },
        baselines: vec![BaselineEntry {
            name: "PCA".into(),
            validation_mse: 0.1,
        }],
        samples: vec![
            Samples {
                title: "As pictures".into(),
                originals: Tensor::from_fn([3, 4], |i| i as f32 / 12.0),
                reconstructions: Tensor::full([3, 4], 0.5),
                errors: vec![0.111, 0.222, 0.333],
                rows: vec![41, 1_234, 7],
                labels: ["seven", "eight", "seven"].map(str::to_owned).to_vec(),
                image: Some(ImageShape::grey(2, 2)),
            },
            Samples {
                title: "As lines".into(),
                originals: Tensor::from_fn([2, 4], |i| i as f32 - 3.0),
                reconstructions: Tensor::zeros([2, 4]),
                errors: Vec::new(),
                rows: Vec::new(),
                labels: Vec::new(),
                image: None,
            },
        ],
        row_errors: vec![0.1, 0.2, 0.25, 0.9],
        latent: Some(LatentMap {
            points: Tensor::from_fn([4, 2], |i| i as f32),
            labels: ["seven", "eight", "seven", "eight"].map(str::to_owned).to_vec(),
            rows: Vec::new(),
            chosen_from: 0,
            axes: ["first axis".into(), "second axis".into()],
        }),
        filters: Some(Filters {
            weights: Tensor::from_fn([2, 4], |i| i as f32 - 4.0),
            image: ImageShape::grey(2, 2),
        }),
        notes: vec!["Stopped early.".into()],
        findings: vec![
            finding("Constant features", Severity::Note),
            finding("Over-fitting", Severity::Serious),
        ],
        parts_name: "Nats per row".into(),
        loss_parts: vec![LossPart {
            name: "divergence".into(),
            points: vec![(1, 3.0), (2, 4.5)],
        }],
        denoising: Some(denoising()),
        galleries: vec![gallery()],
        threshold: Some(ThresholdLine {
            value: 0.7,
            reason: "5% of held-out rows are above".into(),
        }),
        alarms: Some(alarms()),
        comparisons: vec![comparison()],
        tables: vec![table()],
    }
}

fn table() -> Table {
    Table {
        title: "Codebooks".into(),
        about: "Use of the 64 entries of each group.".into(),
        columns: vec!["entries in use".into(), "perplexity".into()],
        rows: vec![
            ("group 1".into(), vec![Some(64.0), Some(51.25)]),
            ("group 2".into(), vec![Some(60.0), None]),
        ],
    }
}

fn finding(title: &str, severity: Severity) -> FindingText {
    FindingText {
        title: title.into(),
        severity,
        what: format!("What of {title}."),
        remedy: format!("Remedy of {title}."),
    }
}

fn gallery() -> Gallery {
    let line = |name: &str, captions: &[&str]| GalleryLine {
        name: name.into(),
        pictures: Tensor::from_fn([3, 4], |i| i as f32 / 12.0),
        captions: captions.iter().map(|&text| text.to_owned()).collect(),
    };
    Gallery {
        title: "Traversal".into(),
        about: "One latent dimension varies.".into(),
        columns: ["−2 σ", "mean", "+2 σ"].map(str::to_owned).to_vec(),
        lines: vec![line("latent 7", &[]), line("", &["left", "middle", "right"])],
        image: ImageShape::grey(2, 2),
    }
}

fn denoising() -> DenoisingSection {
    DenoisingSection {
        pictures: Some(Gallery {
            title: "Before and after".into(),
            ..gallery()
        }),
        figures: Comparison {
            title: "Masking noise".into(),
            about: "On 7 rows.".into(),
            metrics: vec![Metric {
                name: "PSNR (dB)".into(),
                better: Better::Higher,
            }],
            methods: vec![
                Method {
                    name: "cleaned".into(),
                    ours: true,
                    values: vec![Some(18.25)],
                },
                Method {
                    name: "as it was".into(),
                    ours: false,
                    values: vec![Some(10.5)],
                },
            ],
        },
    }
}

fn alarms() -> Alarms {
    let alarm = |row, label: Option<&str>, p_value| Alarm {
        row,
        file: label.map(|label| format!("{label}.png")),
        label: label.map(str::to_owned),
        score: 12.345_678,
        p_value,
        features: vec![("pressure".into(), 0.75), ("flow".into(), 0.125)],
    };
    Alarms {
        about: "2 alarms in 500 rows.".into(),
        score_name: "Strangeness".into(),
        rows: vec![alarm(2_345, Some("broken"), Some(0.001_5)), alarm(3, None, None)],
        scores: vec![1.0, 2.0, 2.5, 12.5, 12.345_678],
        threshold: Some(ThresholdLine {
            value: 9.0,
            reason: "one in a hundred".into(),
        }),
    }
}

fn comparison() -> Comparison {
    let metric = |name: &str, better| Metric {
        name: name.into(),
        better,
    };
    let method = |name: &str, ours, values: [Option<f64>; 3]| Method {
        name: name.into(),
        ours,
        values: values.to_vec(),
    };
    Comparison {
        title: "Quality of codes".into(),
        about: "On held-out rows.".into(),
        metrics: vec![
            metric("Trustworthiness", Better::Higher),
            metric("Error", Better::Lower),
            metric("Numbers", Better::Neither),
        ],
        methods: vec![
            method("this run", true, [Some(0.987_65), Some(0.25), Some(2.0)]),
            method("PCA of 2", false, [Some(0.912_34), None, Some(3.0)]),
            method("raw rows", false, [None, Some(0.125), Some(4.0)]),
        ],
    }
}

#[test]
fn everything_is_shown() {
    let page = checked(&full());
    for text in [
        "Digits, first try",
        "undercomplete 4-2-4",
        "latents train --epochs 3",
        "2 February 2030",
        "9.8.7",
        "33",
        "4711",
        "1,797 rows of 8×8",
        "77",
        "encoder.0",
        "12,345",
        "67,890",
        "Binary cross entropy",
        "0.01234",
        "0.05678",
        "87.6%",
        "123,456",
        "321 ms",
        "2 min 15 s",
        "abc123",
        "50.0% below PCA (0.100)",
        "lowest validation loss 0.2111, epoch 2",
        "0.31000",
        "As pictures",
        "0.22",
        "As lines",
        "Row 1, error 3.5",
        "first axis",
        "row 3, seven",
        "1,234 (eight)",
        "The chart shows all 4 rows.",
        "all 2 units",
        "Stopped early.",
        "including 54.0 s of layer-wise pretraining",
        "What of Over-fitting.",
        "Remedy of Constant features.",
        "Parts of the loss by epoch",
        "divergence 4.500",
        "<h2>Denoising</h2>",
        "<b>Before and after</b>",
        "On 7 rows.",
        "PSNR (dB)<small>higher is better</small>",
        "One latent dimension varies.",
        "−2 σ",
        "latent 7",
        "middle",
        "threshold 0.700: 5% of held-out rows are above",
        "2 alarms in 500 rows.",
        "Strangeness, all rows",
        "threshold 9.00: one in a hundred",
        "2,345",
        "<td>broken</td>",
        "<th scope=\"col\">File</th>",
        "<td>broken.png</td>",
        "12.35",
        "0.0015",
        "pressure <b>75.0%</b>",
        "Quality of codes",
        "On held-out rows.",
        "Trustworthiness<small>higher is better</small>",
        "0.9123",
    ] {
        assert!(page.contains(text), "{text} is missing");
    }
}

#[test]
fn the_most_serious_finding_comes_first_and_says_so_in_words() {
    let page = checked(&full());
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing"));
    assert!(place("Over-fitting</h3>") < place("Constant features</h3>"));
    assert!(place("Serious</p>") < place("Over-fitting</h3>"));
    // After the results, before the curves.
    assert!(place("class=\"tiles\"") < place("Findings") && place("Findings") < place("<h2>Training"));
}

#[test]
fn the_best_of_each_metric_is_marked() {
    let page = checked(&full());
    let marked: Vec<&str> = page
        .split("<strong>")
        .skip(1)
        .filter_map(|rest| rest.split("</strong>").next())
        .collect();
    assert_eq!(marked, ["18.25", "0.9877", "0.1250"]);
}

#[test]
fn pictures_stand_under_what_they_are() {
    let run = RunPage {
        galleries: vec![gallery()],
        ..RunPage::default()
    };
    let page = checked(&run);
    assert_eq!(page.matches("<img").count(), 6);
    assert!(page.contains("alt=\"Traversal, latent 7, image 3\""));
    assert!(page.contains("alt=\"Traversal, image 2: middle\""));
}

#[test]
fn rows_that_are_no_pictures_are_denoised_in_figures_alone() {
    let mut run = full();
    run.denoising.as_mut().unwrap().pictures = None;
    let page = checked(&run);
    assert!(page.contains("<h2>Denoising</h2>") && page.contains("Masking noise"));
    assert!(!page.contains("Before and after"));
}

#[test]
#[should_panic(expected = "2 captions for these images")]
fn captions_that_do_not_fit_are_a_mistake() {
    let mut run = full();
    run.galleries[0].lines[1].captions.pop();
    run.to_html();
}

#[test]
fn the_page_needs_nothing_else() {
    let page = checked(&full());
    assert!(!page.contains("<script") && !page.contains("<link") && !page.contains("@import"));
    let addresses = page.matches("http").count();
    let namespaces = page.matches("xmlns=\"http").count() + page.matches("http-equiv").count();
    assert_eq!(
        addresses, namespaces,
        "only names of XML namespaces, no addresses"
    );
    assert!(page.matches("src=\"").count() == page.matches("src=\"data:image/png;base64,").count());
}

#[test]
fn the_same_run_gives_the_same_page() {
    assert_eq!(full().to_html(), full().to_html());
}

#[test]
fn the_page_has_the_tables_of_its_model() {
    let page = checked(&full());
    let start = page.find("<h2>Codebooks</h2>").unwrap();
    let table = &page[start..start + page[start..].find("</table>").unwrap()];
    for part in [
        "Use of the 64 entries",
        "perplexity",
        "group 1",
        "51.25",
        "group 2",
        "\u{2013}",
    ] {
        assert!(table.contains(part), "{part}");
    }
}

#[test]
fn an_empty_run_is_a_page_without_empty_parts() {
    let page = checked(&RunPage::default());
    for part in [
        "<svg",
        "<img",
        "<dl",
        "Reconstructions",
        "Latent space",
        "Model and data",
        "<details",
        "Findings",
        "Decoded codes",
        "Strongest alarms",
        "Comparison with other methods",
        "Codebooks",
    ] {
        assert!(!page.contains(part), "{part}");
    }
}

#[test]
fn empty_tensors_are_left_out() {
    let samples = Samples {
        title: "None".into(),
        originals: Tensor::zeros([0, 4]),
        reconstructions: Tensor::zeros([0, 4]),
        errors: Vec::new(),
        rows: Vec::new(),
        labels: Vec::new(),
        image: Some(ImageShape::grey(2, 2)),
    };
    let latent = LatentMap {
        points: Tensor::zeros([0, 2]),
        labels: Vec::new(),
        rows: Vec::new(),
        chosen_from: 0,
        axes: [String::new(), String::new()],
    };
    let filters = Filters {
        weights: Tensor::zeros([0, 4]),
        image: ImageShape::grey(2, 2),
    };
    let page = checked(&RunPage {
        samples: vec![samples],
        latent: Some(latent),
        filters: Some(filters),
        ..RunPage::default()
    });
    assert!(!page.contains("<img") && !page.contains("<svg") && !page.contains("<h2>Reconstructions"));
}

#[test]
fn alarms_have_a_column_of_files_only_where_rows_are_files() {
    let mut run = full();
    run.alarms
        .iter_mut()
        .flat_map(|alarms| &mut alarms.rows)
        .for_each(|alarm| alarm.file = None);
    let page = checked(&run);
    assert!(page.contains("Strongest alarms") && !page.contains(">File</th>"));
}

#[test]
fn text_from_outside_is_escaped() {
    let evil = "</title></style></script><img src=x onerror=\"alert(1)\"> & 'quotes' \u{0}\u{1b}\u{ffff}";
    let mut run = full();
    for text in [
        &mut run.title,
        &mut run.model,
        &mut run.command,
        &mut run.created,
        &mut run.version,
        &mut run.numerics_version,
        &mut run.loss_name,
    ] {
        *text = evil.into();
    }
    run.data = vec![evil.into()];
    run.notes = vec![evil.into()];
    run.settings = vec![(evil.into(), evil.into())];
    run.baselines[0].name = evil.into();
    run.layers[0].name = evil.into();
    run.layers[0].output_shape = evil.into();
    run.samples[0].title = evil.into();
    run.samples[1].title = evil.into();
    run.results.parameters_sha256 = Some(evil.into());
    let latent = run.latent.as_mut().unwrap();
    latent.labels = vec![evil.into(); 4];
    latent.axes = [evil.into(), evil.into()];
    for finding in &mut run.findings {
        (finding.title, finding.what, finding.remedy) = (evil.into(), evil.into(), evil.into());
    }
    (run.parts_name, run.loss_parts[0].name) = (evil.into(), evil.into());
    let gallery = &mut run.galleries[0];
    (gallery.title, gallery.about) = (evil.into(), evil.into());
    gallery.columns[0] = evil.into();
    gallery.lines[0].name = evil.into();
    gallery.lines[1].captions[0] = evil.into();
    run.threshold.as_mut().unwrap().reason = evil.into();
    let alarms = run.alarms.as_mut().unwrap();
    (alarms.about, alarms.score_name) = (evil.into(), evil.into());
    (alarms.rows[0].label, alarms.rows[0].features[0].0) = (Some(evil.into()), evil.into());
    alarms.rows[0].file = Some(evil.into());
    let own = &mut run.tables[0];
    (own.title, own.about) = (evil.into(), evil.into());
    (own.columns[0], own.rows[0].0) = (evil.into(), evil.into());
    let table = &mut run.comparisons[0];
    (table.title, table.about) = (evil.into(), evil.into());
    (table.metrics[0].name, table.methods[0].name) = (evil.into(), evil.into());
    let page = checked(&run);
    assert!(!page.contains("<img src=x") && !page.contains("</script>"));
    assert_eq!(page.matches("</title>").count(), page.matches("<title>").count());
}

#[test]
fn hard_losses_are_drawn() {
    let nan = f64::NAN;
    let cases: Vec<Vec<(f64, Option<f64>)>> = vec![
        vec![(0.5, Some(0.4))],
        vec![(0.5, None)],
        vec![(0.0, Some(0.0)); 3],
        vec![(0.25, Some(0.25)); 10],
        vec![(nan, Some(nan)); 4],
        vec![
            (1.0, Some(2.0)),
            (nan, Some(nan)),
            (0.5, Some(0.1)),
            (f64::INFINITY, None),
        ],
        vec![(1e308, Some(-1e308)), (f64::MAX, Some(f64::MIN))],
        vec![(5e-324, Some(1e-310)), (1e-300, Some(1e300))],
        vec![(-3.0, Some(-2.5)), (-3.5, Some(-2.75))],
        (1..=20_000)
            .map(|epoch| (1.0 / f64::from(epoch), Some(2.0 / f64::from(epoch))))
            .collect(),
    ];
    for losses in cases {
        let run = RunPage {
            epochs: epochs(losses),
            ..RunPage::default()
        };
        let page = checked(&run);
        assert!(page.contains("Loss by epoch"));
        assert!(page.len() < 300_000, "{} bytes", page.len());
    }
}

#[test]
fn a_run_that_broke_says_so() {
    let run = RunPage {
        epochs: epochs([(1.0, Some(1.0)), (f64::NAN, Some(f64::NAN))]),
        ..RunPage::default()
    };
    assert!(checked(&run).contains("not finite from epoch 2 on"));
}

#[test]
fn hard_figures_are_drawn() {
    let mut run = full();
    for hard in [f64::NAN, f64::INFINITY, 0.0, -1.0, 1e300, 1e-300] {
        run.results.mse = Some(hard);
        run.baselines[0].validation_mse = hard;
        run.row_errors = vec![hard, 0.5, f64::NAN];
        run.samples[0].errors = vec![hard; 3];
        let points = [hard as f32, 1.0, 2.0, hard as f32, f32::NAN, 0.0, 3.0, 3.0];
        run.latent.as_mut().unwrap().points = Tensor::from_slice(&points, [4, 2]);
        for samples in &mut run.samples {
            samples.reconstructions = Tensor::full(samples.originals.shape(), hard as f32);
        }
        run.filters.as_mut().unwrap().weights = Tensor::full([2, 4], hard as f32);
        run.galleries[0].lines[0].pictures = Tensor::full([3, 4], hard as f32);
        run.threshold.as_mut().unwrap().value = hard;
        run.loss_parts[0].points = vec![(1, hard), (2, 1.0)];
        let alarm = &mut run.alarms.as_mut().unwrap().rows[0];
        (alarm.score, alarm.p_value, alarm.features[0].1) = (hard, Some(hard), hard);
        run.comparisons[0].methods[0].values = vec![Some(hard); 3];
        checked(&run);
    }
}

#[test]
fn many_points_are_thinned() {
    let mut run = full();
    run.latent = Some(LatentMap {
        points: Tensor::from_fn([30_000, 2], |i| (i % 977) as f32),
        labels: (0..30_000).map(|row| (row % 25).to_string()).collect(),
        rows: Vec::new(),
        chosen_from: 0,
        axes: ["x".into(), "y".into()],
    });
    run.row_errors = (0..100_000).map(f64::from).collect();
    let page = checked(&run);
    assert!(page.contains("The chart shows 2,000 of 30,000 rows, evenly spaced."));
    assert!(page.len() < 500_000, "{} bytes", page.len());
}

#[test]
#[should_panic(expected = "of the same shape")]
fn unequal_samples_are_a_mistake() {
    let mut run = full();
    run.samples[0].reconstructions = Tensor::zeros([2, 4]);
    run.to_html();
}
