//! The parts of a training step of a TopK autoencoder, 784-4096 with 32 active units and batches of 256, and an epoch of it.
//! (`model_table` compares it with other frameworks.)

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use latents::nn::Init;
use latents::prelude::*;
use latents_benches::program;
use latents_benches::top_k::{ACTIVE, BATCH, FEATURES, UNITS, model};
use latents_tensor::parallel::team;
use std::time::Duration;

fn pieces(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("top_k");
    let rows: Tensor = Key::new(0).uniform([BATCH, FEATURES]);
    let weight: Tensor = Init::GlorotUniform.draw([UNITS, FEATURES], Key::new(1));
    let product = rows.matmul(&weight.transpose());
    let (values, units) = product.topk(ACTIVE, 1);
    team(|| {
        group.bench_function("dense product", |bencher| {
            bencher.iter(|| rows.matmul(&weight.transpose()))
        });
        group.bench_function("selection", |bencher| bencher.iter(|| product.topk(ACTIVE, 1)));
        group.bench_function("decoding", |bencher| {
            bencher.iter(|| values.sparse_matmul(&units, &weight, None))
        });
        group.bench_function("gradient of the values", |bencher| {
            bencher.iter(|| rows.sampled_matmul(&weight, &units))
        });
        group.bench_function("gradient of the weights", |bencher| {
            bencher.iter(|| values.sparse_transpose_matmul(&units, &rows, UNITS))
        });
    });
    group.finish();
}

fn epoch(criterion: &mut Criterion) {
    let data = program::data();
    let mut model = model();
    let mut group = criterion.benchmark_group("top_k");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(data.rows() as u64));
    group.bench_function("epoch", |bencher| {
        bencher.iter_custom(|epochs| {
            let seconds = program::seconds(&mut model, &data, epochs as usize);
            Duration::from_secs_f64(seconds.iter().sum())
        });
    });
    group.finish();
}

criterion_group!(benches, pieces, epoch);
criterion_main!(benches);
