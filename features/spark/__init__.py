"""The same features on Spark, for those who outgrow one machine.

What stays as it is: the declarations of tables and features, the rules for a good row, every expression. What is
Spark's own: where tables are (:mod:`.tables`), how SQL is put to it (:mod:`.dialect`), and the steps that need more than SQL, which run
on the executors in Arrow batches (:mod:`.steps`, :mod:`.workers`). Only the DataFrame interface is used, so that Spark Connect will do.
"""
