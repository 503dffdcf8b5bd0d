//! Prints the page of a made-up run: `cargo run -p latents-report --example page > page.html`.

use latents_report::pictures::ImageShape;
use latents_report::{
    Alarm, Alarms, BaselineEntry, Better, Comparison, DenoisingSection, EpochRow, Filters, FindingText,
    Gallery, GalleryLine, LatentMap, LayerEntry, LossPart, Method, Metric, Results, RunPage, Samples,
    Severity, Table, ThresholdLine,
};
use latents_tensor::{Algebra, Tensor};

fn main() {
    println!("{}", run().to_html());
}

/// A run as it could have been.
fn run() -> RunPage {
    let epochs: Vec<EpochRow> = (1..=50).map(epoch).collect();
    let last = epochs[49].clone();
    RunPage {
        title: "Rings of many sizes".into(),
        model: "undercomplete 144-16-144".into(),
        command: "latents train undercomplete --data rings.npy --latent 16 --epochs 50".into(),
        created: "1 January 2030, 12:00 UTC".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        numerics_version: "1".into(),
        seed: 7,
        threads: 2,
        data: vec![
            "rings.npy: 2,000 rows of 12×12 pixels".into(),
            "values from 0 to 1, not scaled".into(),
        ],
        settings: vec![
            ("Optimiser".into(), "Adam".into()),
            ("Batch size".into(), "256".into()),
        ],
        layers: layers(),
        parameters: 4768,
        loss_name: "Mean squared error".into(),
        results: results(&last),
        epochs,
        baselines: vec![BaselineEntry {
            name: "PCA, 16 components".into(),
            validation_mse: 0.0151,
        }],
        samples: vec![samples()],
        row_errors: (0..400)
            .map(|row| 0.004 + 0.02 * noise(row) * noise(row + 1))
            .collect(),
        latent: Some(latent()),
        filters: Some(filters()),
        notes: vec!["The numbers on this page are invented.".into()],
        findings: findings(),
        parts_name: "Nats per row".into(),
        loss_parts: loss_parts(),
        denoising: Some(denoising()),
        galleries: vec![gallery()],
        threshold: Some(ThresholdLine {
            value: 0.0198,
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

fn findings() -> Vec<FindingText> {
    let finding = |severity, title: &str, what: &str, remedy: &str| FindingText {
        title: title.into(),
        severity,
        what: what.into(),
        remedy: remedy.into(),
    };
    vec![
        finding(
            Severity::Serious,
            "Diverging loss",
            "The training loss rose from 0.01 in epoch 8 to 0.4 in epoch 50.",
            "Lower --learning-rate.",
        ),
        finding(
            Severity::Warning,
            "Dead units",
            "3 of 16 units in the code (units 2, 5 and 9) gave the same output for all 2,000 rows.",
            "Use --latent-activation identity.",
        ),
        finding(
            Severity::Note,
            "Constant features",
            "12 of 144 features have the same value in all training rows.",
            "No action is needed.",
        ),
    ]
}

fn loss_parts() -> Vec<LossPart> {
    let part = |name: &str, value: fn(f64) -> f64| LossPart {
        name: name.into(),
        points: (1..=50).map(|epoch| (epoch, value(epoch as f64))).collect(),
    };
    vec![
        part("reconstruction", |epoch| 0.2 / (1.0 + epoch) + 0.005),
        part("penalty", |epoch| 0.02 - 0.018 / epoch),
    ]
}

fn gallery() -> Gallery {
    let line = |name: &str, growth: f64| GalleryLine {
        name: name.into(),
        pictures: Tensor::from_fn([5, 144], |i| ring(1.0 + growth * (i / 144) as f64, i % 144)),
        captions: Vec::new(),
    };
    Gallery {
        title: "Traversal".into(),
        about: "One latent dimension at a time varies around the mean code.".into(),
        columns: ["−2 σ", "−1 σ", "mean", "+1 σ", "+2 σ"]
            .map(str::to_owned)
            .to_vec(),
        lines: vec![line("Latent 3", 0.9), line("Latent 11", 0.2)],
        image: ImageShape::grey(12, 12),
    }
}

fn denoising() -> DenoisingSection {
    let line = |name: &str, ratios: &[&str], noise_level: f64| GalleryLine {
        name: name.into(),
        pictures: Tensor::from_fn([5, 144], |i| {
            let clean = f64::from(ring(1.5 + (i / 144) as f64, i % 144));
            (clean + noise_level * (noise(i) - 0.5)).clamp(0.0, 1.0) as f32
        }),
        captions: ratios.iter().map(|ratio| format!("{ratio} dB")).collect(),
    };
    let method = |name: &str, ours, ratio, similarity| Method {
        name: name.into(),
        ours,
        values: vec![Some(ratio), Some(similarity)],
    };
    let metric = |name: &str| Metric {
        name: name.into(),
        better: Better::Higher,
    };
    DenoisingSection {
        pictures: Some(Gallery {
            title: "Before and after".into(),
            about: "Held-out rows, clean, noisy and denoised.".into(),
            columns: (1..=5).map(|row| format!("row {row}")).collect(),
            lines: vec![
                line("Clean", &[], 0.0),
                line("Noisy", &["14.1", "14.3", "14.0", "14.2", "14.1"], 0.7),
                line("Cleaned", &["22.0", "22.4", "21.1", "21.9", "21.5"], 0.15),
            ],
            image: ImageShape::grey(12, 12),
        }),
        figures: Comparison {
            title: "gaussian:0.2 on 400 rows".into(),
            about: "PSNR in decibels; higher means less remaining noise.".into(),
            metrics: vec![metric("PSNR (dB)"), metric("SSIM")],
            methods: vec![
                method("this model", true, 21.8, 0.91),
                method("noisy input", false, 14.1, 0.52),
                method("PCA, 16 components", false, 19.4, 0.8),
            ],
        },
    }
}

fn alarms() -> Alarms {
    let alarm = |row, score, p_value, features: &[(&str, f64)]| Alarm {
        row,
        file: Some(format!("large/{row:04}.png")),
        label: Some("large".into()),
        score,
        p_value: Some(p_value),
        features: features
            .iter()
            .map(|&(name, share)| (name.to_owned(), share))
            .collect(),
    };
    Alarms {
        about: "2 of 400 held-out rows are above the threshold.".into(),
        score_name: "Mean squared error".into(),
        scores: Vec::new(),
        threshold: None,
        rows: vec![
            alarm(371, 0.0235, 0.0025, &[("pixel 17", 0.62), ("pixel 18", 0.2)]),
            alarm(12, 0.0211, 0.005, &[("pixel 90", 0.31), ("pixel 91", 0.3)]),
        ],
    }
}

fn comparison() -> Comparison {
    let metric = |name: &str| Metric {
        name: name.into(),
        better: Better::Higher,
    };
    let method = |name: &str, ours, values: [f64; 3]| Method {
        name: name.into(),
        ours,
        values: values.map(Some).to_vec(),
    };
    Comparison {
        title: "Codes".into(),
        about: "5 neighbours, 400 rows.".into(),
        metrics: vec![
            metric("Trustworthiness"),
            metric("Continuity"),
            metric("k-NN accuracy"),
        ],
        methods: vec![
            method("this model, 16 dimensions", true, [0.991, 0.982, 0.964]),
            method("PCA, 16 components", false, [0.972, 0.987, 0.931]),
        ],
    }
}

fn epoch(epoch: usize) -> EpochRow {
    let fall = 0.2 / (1.0 + epoch as f64) + 0.006;
    EpochRow {
        epoch,
        train_loss: fall,
        validation_loss: Some(fall * 1.05 + 1e-6 * (epoch * epoch) as f64),
        seconds: 0.08,
        ..EpochRow::default()
    }
}

fn layers() -> Vec<LayerEntry> {
    let row = |name: &str, output_shape: &str, parameters| LayerEntry {
        name: name.into(),
        output_shape: output_shape.into(),
        parameters,
    };
    vec![
        row("encoder.0 Linear, ReLU", "(batch, 16)", 2320),
        row("decoder.0 Linear, Sigmoid", "(batch, 144)", 2448),
    ]
}

fn results(last: &EpochRow) -> Results {
    Results {
        train_loss: Some(last.train_loss),
        validation_loss: last.validation_loss,
        mse: last.validation_loss,
        explained_variance: Some(0.874),
        samples_per_second: Some(25_000.0),
        seconds_per_epoch: Some(0.08),
        seconds: Some(4.0),
        pretraining_seconds: None,
        parameters_sha256: Some("0f".repeat(32)),
    }
}

/// A number from 0 to 1 that looks random.
fn noise(place: usize) -> f64 {
    let mixed = (place as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed ^ (mixed >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9) as f64 / u64::MAX as f64
}

/// The pixel `place` of a ring of 12×12 pixels.
fn ring(radius: f64, place: usize) -> f32 {
    let (x, y) = ((place % 12) as f64 - 5.5, (place / 12) as f64 - 5.5);
    let distance = Algebra::sqrt(x * x + y * y) - radius;
    Algebra::exp(-distance * distance) as f32
}

fn samples() -> Samples {
    let radius = |row: usize| 1.0 + 0.4 * row as f64;
    Samples {
        title: "First validation rows".into(),
        originals: Tensor::from_fn([10, 144], |i| ring(radius(i / 144), i % 144)),
        reconstructions: Tensor::from_fn([10, 144], |i| 0.94 * ring(radius(i / 144) * 1.03, i % 144)),
        errors: Vec::new(),
        rows: Vec::new(),
        labels: Vec::new(),
        image: Some(ImageShape::grey(12, 12)),
    }
}

fn latent() -> LatentMap {
    let names = ["small", "middle", "large"];
    let point = |i: usize| (3 * (i / 2 % 3)) as f32 * if i.is_multiple_of(2) { 1.0 } else { 0.5 };
    LatentMap {
        points: Tensor::from_fn([600, 2], |i| point(i) + 2.5 * (noise(i) + noise(i + 9000)) as f32),
        labels: (0..600).map(|row| names[row % 3].to_owned()).collect(),
        rows: Vec::new(),
        chosen_from: 0,
        axes: [
            "First principal component of the code",
            "Second principal component of the code",
        ]
        .map(str::to_owned),
    }
}

fn filters() -> Filters {
    let weight = |i: usize| ring(1.0 + 0.3 * (i / 144) as f64, i % 144) - 0.4 * ring(3.0, i % 144);
    Filters {
        weights: Tensor::from_fn([16, 144], weight),
        image: ImageShape::grey(12, 12),
    }
}
