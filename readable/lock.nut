{"startTime":"5216764","bootId":"43ffad47-93fc-48e7-8a20-9ba59e4b0c55","pid":12107,"token":"c53bba0d-308d-4968-979c-bf772b106158","place":"65024-9216103"}
