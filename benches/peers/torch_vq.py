"""The error of a VQ-VAE on MNIST's test images in PyTorch, at 49 codes of 64 entries an image. pip install torch numpy

    LATENTS_MNIST=FOLDER python torch_vq.py [plain] IMAGES SEED…

trains on the first IMAGES images. Layers, losses, optimiser, batches, moving averages and the care of the codebook are those of
benches/examples/vq_table.rs.

With `plain` the codebook begins with normal draws and unused entries stay where they are, as in the paper.
"""

import sys

import mnist
import torch
from torch import nn

ENTRIES, WIDTH, BETA, DECAY, EPOCHS, BATCH, SAMPLE = 64, 16, 0.25, 0.99, 8, 64, 4096
plain = "plain" in sys.argv[1:]
IMAGES, *SEEDS = [int(word) for word in sys.argv[1:] if word != "plain"]


def images(name):
    return torch.from_numpy(mnist.images(name)).reshape(-1, 1, 28, 28)


train, test = images("train-images-idx3-ubyte.gz")[:IMAGES], images("t10k-images-idx3-ubyte.gz")
window = {"kernel_size": 4, "stride": 2, "padding": 1}


class Codebook:
    """Entries that are moving averages of the vectors that chose them (van den Oord et al. 2017, appendix A.1)."""

    def __init__(self):
        self.entries = torch.randn(ENTRIES, WIDTH)
        self.counts, self.sums, self.used = torch.ones(ENTRIES), self.entries.clone(), torch.ones(ENTRIES)

    def choose(self, vectors):
        return torch.argmin((self.entries**2).sum(1) - 2 * vectors @ self.entries.T, 1)

    def begin_with(self, vectors):
        """k-means, ten of Lloyd's iterations."""
        self.entries = vectors[torch.randperm(len(vectors))[:ENTRIES]].clone()
        for _ in range(10):
            counts, sums = self.statistics(vectors, self.choose(vectors))
            self.entries = torch.where(counts[:, None] > 0, sums / counts[:, None].clamp(min=1), self.entries)
            self.replace(counts == 0, vectors)
        self.counts = counts * ENTRIES / len(vectors)
        self.sums = sums * ENTRIES / len(vectors)

    def statistics(self, vectors, chosen):
        counts = torch.bincount(chosen, minlength=ENTRIES).to(vectors.dtype)
        return counts, torch.zeros(ENTRIES, WIDTH).index_add_(0, chosen, vectors)

    def replace(self, which, vectors):
        places = torch.nonzero(which)[:, 0]
        drawn = vectors[torch.randint(len(vectors), (len(places),))]
        self.entries[places], self.sums[places], self.counts[places] = drawn, drawn.clone(), 1.0

    def move(self, vectors, chosen):
        counts, sums = self.statistics(vectors, chosen)
        self.used += counts
        self.counts = DECAY * self.counts + (1 - DECAY) * counts
        self.sums = DECAY * self.sums + (1 - DECAY) * sums
        alive = self.counts > 1e-6
        self.entries[alive] = self.sums[alive] / self.counts[alive, None]


def glorot(layer):
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)


def vectors_of(encoder, rows):
    """(rows · 49, WIDTH), and the images that they are."""
    z = encoder(rows)
    return z.permute(0, 2, 3, 1).reshape(-1, WIDTH), z


def quantised(codebook, vectors, z):
    chosen = codebook.choose(vectors.detach())
    rows, _, height, width = z.shape
    return codebook.entries[chosen].reshape(rows, height, width, WIDTH).permute(0, 3, 1, 2), chosen


def run(seed):
    torch.manual_seed(seed)
    encoder = nn.Sequential(
        nn.Conv2d(1, 16, **window), nn.ReLU(), nn.Conv2d(16, 32, **window), nn.ReLU(), nn.Conv2d(32, WIDTH, 1)
    ).apply(glorot)
    decoder = nn.Sequential(
        nn.Conv2d(WIDTH, 32, 1), nn.ReLU(), nn.ConvTranspose2d(32, 16, **window), nn.ReLU(),
        nn.ConvTranspose2d(16, 1, **window), nn.Sigmoid(),
    ).apply(glorot)
    codebook = Codebook()
    adam = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)

    def sample():
        with torch.no_grad():
            return vectors_of(encoder, train[torch.randperm(len(train))[:SAMPLE]])[0]

    if not plain:
        codebook.begin_with(sample())
    for epoch in range(EPOCHS):
        idle = codebook.used < 0.01 * codebook.used.mean()
        if not plain and epoch and idle.any():
            codebook.replace(idle, sample())
        codebook.used = torch.zeros(ENTRIES)
        for rows in torch.randperm(len(train)).split(BATCH):
            batch = train[rows]
            vectors, z = vectors_of(encoder, batch)
            entries, chosen = quantised(codebook, vectors, z)
            reconstruction = decoder(z + (entries - z).detach())
            loss = ((reconstruction - batch) ** 2).sum() + BETA * ((z - entries) ** 2).sum()
            adam.zero_grad()
            (loss / len(batch)).backward()
            adam.step()
            codebook.move(vectors.detach(), chosen)
    counts, errors = torch.zeros(ENTRIES), 0.0
    with torch.no_grad():
        for batch in test.split(1000):
            vectors, z = vectors_of(encoder, batch)
            entries, chosen = quantised(codebook, vectors, z)
            errors += ((decoder(entries) - batch) ** 2).sum().item()
            counts += torch.bincount(chosen, minlength=ENTRIES)
    shares = counts[counts > 0] / counts.sum()
    perplexity = torch.exp(-(shares * shares.log()).sum()).item()
    print(f"seed {seed}: test MSE {errors / test.numel():.6f}, perplexity {perplexity:.1f} of {ENTRIES}", flush=True)


for seed in SEEDS:
    run(seed)
