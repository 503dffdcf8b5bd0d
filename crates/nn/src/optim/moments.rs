//! The state that an optimiser keeps for each parameter.

use crate::{Module, StateError, TensorFile};
use latents_autograd::Gradients;
use latents_tensor::{Real, Tensor, concrete};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// More steps than any training makes: a larger count is damage, and might overflow.
const STEPS_BOUND: u64 = 1 << 53;

/// Moments and step counts, keyed by the identity of the parameter.
pub(super) struct Moments<T: Real> {
    /// The optimiser's name in files.
    kind: &'static str,
    /// The names of the moments in files.
    names: &'static [&'static str],
    slots: HashMap<u64, Slot<T>>,
}

/// The state of one parameter.
struct Slot<T: Real> {
    steps: u64,
    /// One tensor for each of `names`, of the parameter's shape.
    moments: Vec<Tensor<T>>,
}

concrete! {
    fn to_file<'a, T>(moments: &'a Moments<T>, module: &'a dyn Module<T>) -> Result<TensorFile, StateError> =
        moments.to_file_generic(module);
    fn set_from_file<'a, T>(
        moments: &'a mut Moments<T>,
        module: &'a dyn Module<T>,
        file: &'a TensorFile,
    ) -> Result<(), StateError> = moments.set_from_file_generic(module, file);
}

impl<T: Real> Moments<T> {
    pub(super) fn new(kind: &'static str, names: &'static [&'static str]) -> Self {
        Self {
            kind,
            names,
            slots: HashMap::new(),
        }
    }

    /// Calls `update(value, gradient, moments, step)` for every parameter that has a gradient, and returns whether all calls
    /// returned true. `step` counts the parameter's own steps from 1; its moments start at zero.
    ///
    /// # Panics
    /// If there are gradients, but none for a parameter of the module: they belong to another model.
    pub(super) fn step(
        &mut self,
        module: &mut dyn Module<T>,
        gradients: &Gradients<T>,
        mut update: impl FnMut(&mut [T], &[T], &mut [Tensor<T>], u64) -> bool,
    ) -> bool {
        let (mut all, mut updated) = (true, false);
        module.visit_mut(&mut |parameter| {
            let Some(gradient) = gradients.of_key(parameter.id()) else {
                return;
            };
            let shape = parameter.shape();
            let slot = self.slots.entry(parameter.id()).or_insert_with(|| Slot {
                steps: 0,
                moments: self.names.iter().map(|_| Tensor::zeros(shape)).collect(),
            });
            slot.steps += 1;
            updated = true;
            all &= update(
                parameter.value_mut().make_mut(),
                &gradient.elements(),
                &mut slot.moments,
                slot.steps,
            );
        });
        if !updated {
            self.refuse_others(module, gradients);
        }
        all
    }

    /// Panics if there are gradients, although no parameter of the module had one.
    fn refuse_others(&self, module: &dyn Module<T>, gradients: &Gradients<T>) {
        let mut count = 0;
        gradients.for_each(|_, _| count += 1);
        if count == 0 {
            return;
        }
        let mut names = Vec::new();
        module.visit(&mut |parameter| names.push(parameter.name().to_string()));
        let first = names.first().map_or("it has none", String::as_str);
        panic!(
            "{}: {count} gradients were given, and none is of a parameter of this model ({first}, …): \
             they belong to another model",
            self.kind
        );
    }

    pub(super) fn reset(&mut self) {
        self.slots.clear();
    }

    pub(super) fn to_file(&self, module: &dyn Module<T>) -> Result<TensorFile, StateError> {
        to_file(self, module)
    }

    fn to_file_generic(&self, module: &dyn Module<T>) -> Result<TensorFile, StateError> {
        let (mut file, mut steps, mut twice) = (TensorFile::new(), Map::new(), None);
        module.visit(&mut |parameter| {
            let Some(slot) = self.slots.get(&parameter.id()) else {
                return;
            };
            let name = parameter.name();
            if steps.insert(name.to_string(), json!(slot.steps)).is_some() {
                twice = Some(name.to_string());
            }
            for (moment, tensor) in self.names.iter().zip(&slot.moments) {
                file.insert(format!("{name}.{moment}"), tensor);
            }
        });
        file.set_metadata(json!({ "optimizer": self.kind, "steps": Value::Object(steps) }));
        twice.map_or(Ok(file), |name| Err(StateError::SameName { name }))
    }

    pub(super) fn set_from_file(
        &mut self,
        module: &dyn Module<T>,
        file: &TensorFile,
    ) -> Result<(), StateError> {
        set_from_file(self, module, file)
    }

    fn set_from_file_generic(&mut self, module: &dyn Module<T>, file: &TensorFile) -> Result<(), StateError> {
        let steps = self.steps_in(file)?;
        let (mut owners, mut wanted) = (Vec::new(), Vec::new());
        module.visit(&mut |parameter| {
            if let Some(&count) = steps.get(&**parameter.name()) {
                owners.push((parameter.id(), parameter.name().clone(), count));
                let moments = self
                    .names
                    .iter()
                    .map(|moment| format!("{}.{moment}", parameter.name()));
                wanted.extend(moments.map(|name| (name, parameter.shape())));
            }
        });
        let known = |name: &str| owners.iter().any(|(_, owner, _)| **owner == *name);
        let mut unknown: Vec<&str> = steps.keys().copied().filter(|name| !known(name)).collect();
        if !unknown.is_empty() {
            unknown.sort_unstable();
            let reason = format!("the model has no parameter {}", unknown.join(", "));
            return Err(self.other(file, reason));
        }
        let mut tensors = file.read_exactly(&wanted)?.into_iter();
        let slot = |(id, _, steps)| {
            (
                id,
                Slot {
                    steps,
                    moments: tensors.by_ref().take(self.names.len()).collect(),
                },
            )
        };
        self.slots = owners.into_iter().map(slot).collect();
        Ok(())
    }

    fn other(&self, file: &TensorFile, reason: String) -> StateError {
        StateError::OtherOptimizer {
            path: file.path().to_owned(),
            expected: self.kind,
            reason,
        }
    }

    /// Reads the step counts of a file, by parameter.
    fn steps_in<'f>(&self, file: &'f TensorFile) -> Result<HashMap<&'f str, u64>, StateError> {
        let other = |reason| self.other(file, reason);
        let metadata = file.metadata();
        match metadata.get("optimizer").and_then(Value::as_str) {
            Some(kind) if kind == self.kind => {}
            Some(kind) => return Err(other(format!("it is the state of {kind}"))),
            None => return Err(other("its metadata names no optimizer".to_owned())),
        }
        let Some(steps) = metadata.get("steps").and_then(Value::as_object) else {
            return Err(other("its metadata has no step counts".to_owned()));
        };
        let count = |(name, count): (&'f String, &Value)| match count.as_u64() {
            Some(count) if count < STEPS_BOUND => Ok((name.as_str(), count)),
            _ => Err(other(format!("the step count of {name} is {count}"))),
        };
        steps.iter().map(count).collect()
    }
}

/// Computes baseⁿ by repeated squaring. The result depends on the arguments alone, so a resumed run gets the same bits.
pub(crate) fn power(mut base: f64, mut exponent: u64) -> f64 {
    let mut result = 1.0;
    while exponent > 0 {
        if exponent & 1 == 1 {
            result *= base;
        }
        base *= base;
        exponent >>= 1;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Adam, Linear, Optimizer, OptimizerConfig, parameters_sha256};
    use latents_autograd::Tape;
    use latents_tensor::random::Key;

    fn step(model: &mut Linear, adam: &mut Adam) {
        let tape = Tape::new();
        let x = tape.input(&Tensor::from_slice(&[1.0, -2.0], [1, 2]));
        let y = model.forward(x);
        let gradients = (y * y).sum_all().backward();
        adam.step(model, &gradients);
    }

    #[test]
    fn a_reset_optimizer_makes_the_steps_of_a_new_one() {
        let trained = |reset: bool| {
            let mut model = Linear::new(2, 3, Key::new(1));
            let mut adam = Adam::new(0.1);
            step(&mut model, &mut adam);
            match reset {
                true => adam.reset(),
                false => adam = Adam::new(0.1),
            }
            step(&mut model, &mut adam);
            parameters_sha256(&model)
        };
        assert_eq!(trained(true), trained(false));
    }

    fn gradients_of(model: &Linear) -> Gradients {
        let tape = Tape::new();
        let y = model.forward(tape.input(&Tensor::from_slice(&[1.0, -2.0], [1, 2])));
        (y * y).sum_all().backward()
    }

    #[test]
    fn gradients_of_another_model_are_refused_by_every_optimizer() {
        for kind in OptimizerConfig::KINDS {
            let mut model = Linear::new(2, 3, Key::new(1));
            model.name_parameters("decoder.0");
            let before = parameters_sha256(&model);
            // A clone has parameters of its own.
            let others = gradients_of(&model.clone());
            let mut optimizer = kind.name.parse::<OptimizerConfig>().unwrap().build().unwrap();
            let step = std::panic::AssertUnwindSafe(|| optimizer.step(&mut model, &others));
            let panic = std::panic::catch_unwind(step).unwrap_err();
            let message = panic.downcast_ref::<String>().unwrap();
            let expected =
                "2 gradients were given, and none is of a parameter of this model (decoder.0.weight, …)";
            assert!(
                message.starts_with(&format!("{}: {expected}", kind.name)),
                "{message}"
            );
            assert_eq!(parameters_sha256(&model), before);
            let own = gradients_of(&model);
            assert!(optimizer.step(&mut model, &own));
            assert_ne!(parameters_sha256(&model), before);
        }
    }

    #[test]
    fn no_gradients_and_those_of_a_part_change_what_they_are_of() {
        let (mut one, two) = (Linear::new(2, 3, Key::new(1)), Linear::new(2, 3, Key::new(2)));
        let tape = Tape::new();
        let nothing = tape.input(&Tensor::from_slice(&[1.0], [1])).sum_all().backward();
        let before = parameters_sha256(&one);
        assert!(Adam::new(0.1).step(&mut one, &nothing));
        assert_eq!(parameters_sha256(&one), before);
        // Of a loss of two models, each takes its own gradients.
        let x = tape.input(&Tensor::from_slice(&[1.0, -2.0], [1, 2]));
        let both = (one.forward(x) * two.forward(x)).sum_all().backward();
        assert!(Adam::new(0.1).step(&mut one, &both));
        assert_ne!(parameters_sha256(&one), before);
    }

    #[test]
    fn powers() {
        assert_eq!(power(0.9, 0), 1.0);
        assert_eq!(power(2.0, 10), 1024.0);
        assert!((power(0.999, 1000) - 0.367_695_424_770_963_9).abs() < 1e-14);
        assert_eq!(power(0.999, u64::MAX), 0.0);
    }
}
