# Two stages: the first builds the wheel, the second installs it with the pinned packages and runs as a user without rights.
FROM python:3.11-slim AS build
WORKDIR /src
RUN pip install --no-cache-dir build
COPY . .
RUN python -m build --wheel --outdir /dist

FROM python:3.11-slim
# LightGBM needs OpenMP.
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 suasion && install -d -o suasion /data
COPY requirements.lock /tmp/
COPY --from=build /dist/*.whl /tmp/
# The lock also holds what development needs; as constraints it pins only what the wheel asks for.
RUN sed -n 's/ *\\$//; /^[A-Za-z0-9].*==/p' /tmp/requirements.lock > /tmp/constraints.txt \
    && pip install --no-cache-dir --constraint /tmp/constraints.txt /tmp/*.whl && rm /tmp/*.whl /tmp/*.lock /tmp/constraints.txt
USER suasion
WORKDIR /data
VOLUME /data
EXPOSE 8000
ENTRYPOINT ["suasion"]
CMD ["--help"]
