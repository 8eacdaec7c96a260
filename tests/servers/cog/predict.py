"""A model that needs no GPU, with the inputs of IDM-VTON: pastes the garment onto the person. What a test wants it does by a word in
`garment_des`: `fail`, `nsfw`, `black`."""
import os
import tempfile
import time

from cog import BasePredictor, Input, Path
from PIL import Image


class Predictor(BasePredictor):
    def setup(self):
        time.sleep(float(os.environ.get("SETUP_DELAY", "0.1")))

    def predict(
        self,
        human_img: Path = Input(description="the person"),
        garm_img: Path = Input(description="the garment"),
        garment_des: str = Input(default=""),
        category: str = Input(default="upper_body", choices=["upper_body", "lower_body", "dresses"]),
        steps: int = Input(default=30, ge=1, le=40),
        seed: int = Input(default=42),
        delay: float = Input(default=0.2, ge=0, le=120),
    ) -> Path:
        person = Image.open(str(human_img)).convert("RGB")
        garment = Image.open(str(garm_img)).convert("RGB").resize((person.width // 2, person.height // 2))
        if "nsfw" in garment_des:
            raise ValueError("NSFW content detected in the output")
        # Short sleeps, so that cancelling works.
        for step in range(steps):
            print(f"step {step + 1}/{steps}", flush=True)
            time.sleep(delay / steps)
            if "fail" in garment_des and step == steps // 2:
                raise RuntimeError("list index out of range")
        if "black" in garment_des:
            person = Image.new("RGB", person.size)
        else:
            person.paste(garment, (person.width // 4, person.height // 4))
        # Unique: outputs of one server share a folder.
        out = os.path.join(tempfile.mkdtemp(), f"out-{seed}.png")
        person.save(out)
        return Path(out)
