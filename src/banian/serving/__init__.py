"""One service for every task of a shop: asks in by HTTP, calibrated predictions out.

`run.serve` listens; `app.build_app` gives the application alone, for tests and other servers. Nothing here trains, and
nothing loads an engine of tables: who appends events hands in how (`service.Append`).
"""
