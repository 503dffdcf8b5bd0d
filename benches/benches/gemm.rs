//! Matrix products compared with the peers, on one and two threads. (`gemm_table` prints the same as one table.)

#[path = "../peers/mod.rs"]
mod peers;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use latents_benches::peak::Peak;
use latents_benches::shapes::PRODUCTS;
use latents_tensor::parallel;
use latents_tensor::simd::Isa;
use peers::{Element, NAMES, Operands};
use std::time::Duration;

fn products<T: Element>(criterion: &mut Criterion, threads: usize) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a pool of threads");
    let peak = Peak::measured::<T>(Isa::active(), threads, 100);
    println!(
        "{} on {threads} thread(s): the measured peak of {} is {:.1} GFLOP/s; criterion's Gelem/s are GFLOP/s",
        T::NAME,
        Isa::active().name(),
        peak / 1e9
    );
    let mut group = criterion.benchmark_group(format!("gemm/{}/{threads}", T::NAME));
    group
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20);
    for product in PRODUCTS {
        let mut operands = Operands::<T>::new(product);
        group.throughput(Throughput::Elements(product.operations() as u64));
        for (who, name) in NAMES.iter().enumerate() {
            // matrixmultiply reads its number of threads from MATMUL_NUM_THREADS, once.
            group.bench_function(BenchmarkId::new(*name, product.name()), |bencher| {
                let mut run = || bencher.iter(|| peers::multiply(who, product, &mut operands, threads));
                pool.install(|| if who == 0 { parallel::team(run) } else { run() });
            });
        }
        let rate = rate(
            || peers::multiply(0, product, &mut operands, threads),
            product.operations(),
            &pool,
        );
        println!("{}: {:.2} of the peak", product.name(), rate / peak);
    }
    group.finish();
}

/// The best rate of a few short runs.
fn rate(mut product: impl FnMut() + Send, operations: f64, pool: &rayon::ThreadPool) -> f64 {
    pool.install(|| {
        parallel::team(|| {
            let seconds = (0..50).map(|_| {
                let start = std::time::Instant::now();
                product();
                start.elapsed().as_secs_f64()
            });
            operations / seconds.fold(f64::INFINITY, f64::min)
        })
    })
}

fn all(criterion: &mut Criterion) {
    for threads in [1, 2] {
        products::<f32>(criterion, threads);
        products::<f64>(criterion, threads);
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
