//! Use case: anomaly detection. A model trained only on the digits 0 to 7 reconstructs 8 and 9 poorly. It is compared with the
//! error of PCA and an isolation forest. (For tabular data, `anomaly::Recipe` is the better choice.)
//!
//! `cargo run --release -p latents-examples --example 08_anomaly_detection`

use latents::autoencoders::row_errors;
use latents::classical::{Calibration, IsolationForest, IsolationForestConfig};
use latents::metrics::{auroc, average_precision};
use latents::prelude::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = digits();
    let (usual, strange): (Vec<usize>, Vec<usize>) =
        (0..data.rows()).partition(|&row| data.class(row) < Some(8));
    let usual = data.select(&usual);
    let (train, rest) = usual.split_ordered(0.4, &Key::new(0).permutation(usual.rows()))?;
    let (held_out, test) = rest.split_ordered(0.5, &Key::new(1).permutation(rest.rows()))?;

    let mut model = Undercomplete::new(NetworkConfig::new(64, 8).hidden([64]), 0)?;
    let training = TrainerConfig::default().epochs(100).batch_size(32);
    Trainer::new(training).fit(&mut model, &train)?;

    // Held-out normal digits, followed by the anomalous ones.
    let rows = Tensor::concat(&[&test.to_tensor(), &data.select(&strange).to_tensor()], 0);
    let labels: Vec<bool> = (0..rows.size(0)).map(|row| row >= test.rows()).collect();
    let pca = Pca::fit(&train, 8)?;
    let projected = pca.inverse_transform(&pca.transform(&rows));
    let forest = IsolationForest::fit(&train, IsolationForestConfig::default())?;
    println!("ranking            AUROC  average precision");
    for (name, scores) in [
        ("autoencoder", model.reconstruction_errors(&rows)),
        ("error of PCA", row_errors(&rows, &projected)),
        ("isolation forest", forest.scores(&rows)),
    ] {
        let measures = [auroc(&labels, &scores), average_precision(&labels, &scores)];
        let [area, precision] = measures.map(Option::unwrap_or_default);
        println!("{name:16} {area:7.4} {precision:18.4}");
    }

    // Errors of held-out rows calibrate the scores.
    let calibration = Calibration::new(model.reconstruction_errors(&held_out))?;
    let p_values = calibration.p_values(&model.reconstruction_errors(&rows));
    let (of_usual, of_strange) = p_values.split_at(test.rows());
    for (name, p_values) in [("anomalous", of_strange), ("normal", of_usual)] {
        let alarms = p_values.iter().filter(|&&p| p <= 0.05).count();
        println!(
            "{alarms} alarms for {} {name} digits, at p-values up to 0.05",
            p_values.len()
        );
    }
    Ok(())
}
