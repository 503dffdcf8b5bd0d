//! One epoch of 784-32-784 on MNIST compared with its arithmetic floor: the time that its matrix products would take at the
//! peak performance of every core. (`epoch_table` compares it with other frameworks.)

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use latents_benches::peak::Peak;
use latents_benches::program;
use latents_tensor::simd::Isa;
use std::time::Duration;

fn epoch(criterion: &mut Criterion) {
    let data = program::data();
    let mut group = criterion.benchmark_group("epoch");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(5))
        .throughput(Throughput::Elements(data.rows() as u64));
    for threads in [1, 2] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool of threads");
        let mut model = program::model();
        let mut all = Vec::new();
        group.bench_function(BenchmarkId::new("784-32-784", threads), |bencher| {
            bencher.iter_custom(|epochs| {
                let seconds = pool.install(|| program::seconds(&mut model, &data, epochs as usize));
                all.extend(&seconds);
                Duration::from_secs_f64(seconds.iter().sum())
            });
        });
        let floor = program::operations(&data) / Peak::measured::<f32>(Isa::active(), threads, 100);
        let median = program::median(all);
        println!(
            "{threads} thread(s), {}: {median:.3} s per epoch, {:.2} × its floor of {floor:.3} s",
            Isa::active().name(),
            median / floor
        );
    }
    group.finish();
}

criterion_group!(benches, epoch);
criterion_main!(benches);
