# Reads the tables of a result of `rollcast sweep` with R, without packages.
#
# Parameters such as maxSurge are text where one of them is text, since `1` and `25%` stand in one column. read.csv guesses from
# whole columns and reads them right. readr::read_csv and data.table::fread look at some rows first: give them the types, such as
# read_csv(file, col_types = cols(maxSurge = "c")).
#
#     Rscript examples/read.R results/first-look

arguments <- commandArgs(trailingOnly = TRUE)
result <- if (length(arguments) > 0) arguments[[1]] else "results/first-look"

# The table `name` of the directory `result`. Parquet needs one of the packages nanoparquet and arrow.
table_of <- function(result, name) {
  csv <- file.path(result, paste0(name, ".csv"))
  if (file.exists(csv)) return(read.csv(csv, check.names = FALSE))
  parquet <- file.path(result, paste0(name, ".parquet"))
  if (requireNamespace("nanoparquet", quietly = TRUE)) return(nanoparquet::read_parquet(parquet))
  as.data.frame(arrow::read_parquet(parquet))
}

rows <- table_of(result, "replications")
# The columns of swept parameters: those between `scenario` and the number of the replication.
parameters <- names(rows)[seq(match("scenario", names(rows)) + 1, match("replication", names(rows)) - 1)]
print(aggregate(rows["duration_s"], rows[parameters], function(values) quantile(values, c(0.5, 0.95), na.rm = TRUE)))
