//! The two networks, loaded from the bytes that ship in the crate.

use std::sync::Arc;

use tract_onnx::prelude::{DatumExt, Framework, InferenceModelExt, IntoRunnable, Tensor, TractResult, TypedRunnableModel, tvec};
use tract_onnx::tract_core::internal::bail;

/// A network with one square RGB input and fixed outputs.
pub(crate) struct Network {
    plan: Arc<TypedRunnableModel>,
    side: usize,
}

impl Network {
    /// Reads and optimises an ONNX model whose input is `[1, side, side, 3]`.
    pub(crate) fn load(mut onnx: &[u8], side: usize) -> TractResult<Self> {
        let plan = tract_onnx::onnx()
            .model_for_read(&mut onnx)?
            .with_input_fact(0, f32::fact([1, side, side, 3]).into())?
            .into_optimized()?
            .into_runnable()?;
        Ok(Self { plan, side })
    }

    /// Runs the network on `side * side * 3` values; gives its outputs flattened, in the model's order.
    pub(crate) fn run(&self, input: &[f32]) -> TractResult<Vec<Vec<f32>>> {
        let tensor = Tensor::from_shape(&[1, self.side, self.side, 3], input)?;
        self.plan.run(tvec!(tensor.into()))?.iter().map(|out| Ok(out.try_as_plain_ram()?.as_slice::<f32>()?.to_vec())).collect()
    }
}

/// Takes the output with `len` values out of a network's outputs. Every output of both networks has its own length,
/// so this does not depend on the order the runtime keeps.
pub(crate) fn take_output(outputs: &mut Vec<Vec<f32>>, len: usize) -> TractResult<Vec<f32>> {
    match outputs.iter().position(|o| o.len() == len) {
        Some(i) => Ok(outputs.swap_remove(i)),
        None => bail!("the network has no output of {len} values"),
    }
}
