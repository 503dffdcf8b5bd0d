"""One epoch of a TopK autoencoder, 784-4096 with 32 active units, in PyTorch. pip install torch numpy"""

import mnist
import torch

UNITS, ACTIVE, BATCH = 4096, 32, 256

data = torch.from_numpy(mnist.train_images())
features = data.shape[1]
encoder, decoder = torch.nn.Linear(features, UNITS), torch.nn.Linear(UNITS, features)
torch.nn.init.xavier_uniform_(encoder.weight)
with torch.no_grad():
    decoder.weight.copy_(encoder.weight.T)
torch.nn.init.zeros_(encoder.bias)
torch.nn.init.zeros_(decoder.bias)
adam = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3, fused=True)


def epoch():
    for rows in torch.randperm(len(data)).split(BATCH):
        batch = data[rows]
        adam.zero_grad()
        values, units = encoder(batch).topk(ACTIVE)
        code = torch.zeros(len(batch), UNITS).scatter(1, units, values.relu())
        loss = torch.nn.functional.mse_loss(decoder(code), batch)
        loss.backward()
        adam.step()
    return loss.item()


if __name__ == "__main__":
    mnist.serve(epoch)
