import os
from typing import Annotated

import numpy as np
import skops.io
from fastapi import FastAPI
from pydantic import BaseModel, Field

TRUSTED = ["sklearn_gd.classifier.GradientDescentMLPClassifier"]
model = skops.io.load(os.environ["MODEL"], trusted=TRUSTED)
n = model.n_features_in_
Row = Annotated[list[float], Field(min_length=n, max_length=n)]
app = FastAPI()


class Rows(BaseModel):
    rows: list[Row] = Field(min_length=1, max_length=10_000)


@app.post("/predict")
def predict(asked: Rows):
    chances = model.predict_proba(np.array(asked.rows))
    labels = model.classes_[chances.argmax(axis=1)]
    return {"labels": labels.tolist(), "chances": chances.round(4).tolist()}
